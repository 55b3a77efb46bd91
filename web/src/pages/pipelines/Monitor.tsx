// The execution monitor: each step with its mark and time, cost and elapsed time below.
import { Link } from '@tanstack/react-router';
import { Ban, CircleHelp, Hourglass, Square, SquareCheck, SquareX, UserRound, X } from 'lucide-react';
import { isFinal } from '@/api/fold';
import { useLiveRun } from '@/api/live';
import type { Run, Step } from '@/api/types';
import { IconButton } from '@/parts/Button';
import { FaultNote, ProblemNote, Skeleton } from '@/parts/States';
import { RunMark } from '@/parts/Status';
import { useRunTitle } from '@/parts/runTitle';
import { useStepName } from '@/parts/stepName';
import { Elapsed } from '@/parts/Time';
import { stepStatus } from '@/generated/words';
import { useT } from '@/words';
import { duration, money } from '@/words/format';
import { useLang } from '@/words/lang';
import { rows } from '../run/order';

export function Monitor({ id, onClose }: { id: string; onClose: () => void }) {
  const t = useT();
  const title = useRunTitle();
  const { run, streams, isPending, error, refetch } = useLiveRun(id);
  return (
    <section aria-label={t('monitor.title')} className="overflow-hidden rounded-lg border border-line bg-card shadow-lift">
      <header className="flex items-center gap-2 border-b border-line py-1.5 pr-1.5 pl-4">
        <h2 className="min-w-0 flex-1 truncate font-semibold">{run ? title(run) : t('monitor.title')}</h2>
        {run ? <RunMark status={run.status} waiting={run.waiting} /> : null}
        <IconButton icon={X} label={t('action.close')} onClick={onClose} />
      </header>
      {isPending ? <Skeleton rows={4} /> : !run ? <ProblemNote error={error} onRetry={() => void refetch()} className="m-4" /> : (
        <>
          <ol className="px-4 py-2">{rows(run.steps).map(({ step, depth }) => <Line key={step.id} step={step} depth={depth} stream={streams[step.id]} />)}</ol>
          {run.error && run.status === 'failed' ? <FaultNote fault={run.error} className="mx-4 mb-3" /> : null}
          {run.waiting === 'approval' || run.waiting === 'input' ? (
            <p className="mx-4 mb-3 rounded-md bg-warn-wash px-3 py-2 text-sm"><Link to="/runs/$id" params={{ id: run.id }} className="font-medium text-warn underline underline-offset-3">{run.waiting === 'approval' ? t('monitor.approve') : t('monitor.input')}</Link></p>
          ) : null}
          <Footer run={run} />
        </>
      )}
    </section>
  );
}

function Line({ step, depth, stream }: { step: Step; depth: number; stream: string | undefined }) {
  const nameOf = useStepName();
  const lang = useLang();
  const [Icon, look] = step.status === 'succeeded' ? [SquareCheck, 'text-ok'] as const
    : step.status === 'failed' ? [SquareX, 'text-bad'] as const
      : step.status === 'in_doubt' ? [CircleHelp, 'text-bad'] as const
        : step.status === 'running' ? [Hourglass, 'text-link animate-pulse'] as const
          : step.status === 'waiting' ? [step.waiting === 'approval' ? UserRound : Hourglass, 'text-warn'] as const
            : step.status === 'cancelled' || step.status === 'skipped' ? [Ban, 'text-mute'] as const
              : [Square, 'text-mute'] as const;
  const name = nameOf(step);
  return (
    <li className="py-1" style={{ paddingLeft: `${depth * 20}px` }}>
      <span className="flex items-center gap-2.5">
        <Icon size={17} className={`shrink-0 ${look}`} aria-label={stepStatus[step.status]?.[lang] ?? step.status} role="img" />
        <span className={step.status === 'pending' || step.status === 'ready' ? 'text-mute' : 'text-ink'}>{name}{step.status === 'running' ? '…' : ''}</span>
        {step.status === 'succeeded' && step.ms !== null ? <span className="text-sm text-mute">({duration(step.ms, lang)})</span> : null}
      </span>
      {stream && step.status === 'running' ? <p className="mt-1 ml-7 max-h-32 overflow-y-auto rounded-md bg-sunk px-3 py-2 text-sm whitespace-pre-wrap text-soft">{stream}</p> : null}
    </li>
  );
}

function Footer({ run }: { run: Run }) {
  const t = useT();
  const lang = useLang();
  return (
    <footer className="flex flex-wrap gap-x-4 border-t border-line bg-sunk px-4 py-2 text-sm text-soft">
      <span>{t('monitor.cost')} <b className="font-semibold text-ink">{money(run.cost, lang)}</b></span>
      <span>{t('monitor.elapsed')} <b className="font-semibold text-ink"><Elapsed from={run.created_at} to={isFinal(run.status) ? run.updated_at : null} /></b></span>
      <span className="flex-1" />
      <Link to="/runs/$id" params={{ id: run.id }} className="text-link hover:underline">{t('monitor.open')}</Link>
    </footer>
  );
}
