// Says that a run is held and by whom, or that what it did is being taken back; and lets it go on.
import { CirclePause, Play, Undo2 } from 'lucide-react';
import { isFinal } from '@/api/fold';
import type { Run } from '@/api/types';
import { Button } from '@/parts/Button';
import { useWho } from '@/parts/who';
import { useT } from '@/words';

export function HoldNote({ run, busy, onResume }: { run: Run; busy: boolean; onResume: () => void }) {
  const t = useT();
  const who = useWho();
  if (isFinal(run.status)) return null;
  if (run.paused) {
    return (
      <section aria-label={t('run.paused')} className="mt-5 flex flex-wrap items-center gap-x-4 gap-y-2 rounded-lg border border-edge bg-card px-5 py-3.5 shadow-card">
        <CirclePause size={20} className="shrink-0 text-mute" aria-hidden />
        <div className="min-w-0 flex-1 basis-60">
          <p className="font-semibold">{run.status === 'waiting' ? t('run.paused') : t('run.pausing')}</p>
          <p className="text-sm text-mute">{t('run.paused.by', { who: who(run.paused) })} {run.status === 'waiting' ? t('run.paused.lead') : t('run.pausing.lead')}</p>
        </div>
        <Button look="primary" icon={Play} busy={busy} onClick={onResume}>{t('run.resume')}</Button>
      </section>
    );
  }
  if (!run.undoing) return null;
  return (
    <section aria-label={t('run.undoing')} className="mt-5 flex items-center gap-4 rounded-lg border border-teal/40 bg-teal-wash px-5 py-3.5">
      <Undo2 size={20} className="shrink-0 text-teal" aria-hidden />
      <div><p className="font-semibold text-teal">{t('run.undoing')}</p><p className="text-sm text-soft">{t('run.undoing.lead')}</p></div>
    </section>
  );
}
