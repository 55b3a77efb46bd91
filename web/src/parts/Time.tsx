// Times: relative to read, absolute on hover and in `datetime`.
import type { Instant } from '@/api/types';
import { absolute, countdown, duration, relative, ticking } from '@/words/format';
import { useLang } from '@/words/lang';
import { useNow } from './now';

export function Ago({ at, className }: { at: Instant; className?: string }) {
  const lang = useLang();
  const now = useNow();
  return <time dateTime={at} title={absolute(at, lang)} className={className}>{relative(at, now, lang)}</time>;
}

/** Time since `from`, running until `to` is known. */
export function Elapsed({ from, to, className }: { from: Instant; to: Instant | null; className?: string }) {
  const lang = useLang();
  const now = useNow(to === null);
  const ms = Math.max(0, (to === null ? now : Date.parse(to)) - Date.parse(from));
  return <span className={className}>{to === null ? ticking(ms, lang) : duration(ms, lang)}</span>;
}

/** What is left as a clock; `within` puts it into a sentence. */
export function Remaining({ until, within }: { until: Instant; within?: (time: string) => string }) {
  const lang = useLang();
  const now = useNow();
  const left = countdown(Date.parse(until) - now, lang);
  return <time dateTime={until} title={absolute(until, lang)}>{within ? within(left) : left}</time>;
}
