// Whether what you see is live: icon and words, and the last event seen while coming back.
import { LoaderCircle, Radio, WifiOff } from 'lucide-react';
import { useConnection } from '@/api/live';
import { cx } from '@/parts/cx';
import { useT } from '@/words';

export function ConnectionPill() {
  const t = useT();
  const { state, attempt, lastSeq } = useConnection();
  const [Icon, look, word] = state === 'open'
    ? [Radio, 'text-ok', t('live.open')] as const
    : state === 'closed'
      ? [WifiOff, 'text-mute', t('live.closed')] as const
      : state === 'retrying' && attempt > 0
        ? [LoaderCircle, 'text-warn', t('live.retrying')] as const
        : [LoaderCircle, 'text-mute', t('live.connecting')] as const;
  const more = state === 'retrying' && lastSeq !== null ? t('live.since', { seq: lastSeq }) : '';
  return (
    <span role="status" title={more || word} className={cx('inline-flex h-7 items-center gap-1.5 rounded-full px-2 text-xs font-medium', look)}>
      <Icon size={14} className={Icon === LoaderCircle ? 'animate-turn' : ''} aria-hidden />
      <span className="max-sm:sr-only">{word}{more ? ` · ${more}` : ''}</span>
    </span>
  );
}
