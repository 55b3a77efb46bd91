// What a list or page shows when it is loading, empty or refused.
import { CircleAlert, RotateCw, type LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { ApiError } from '@/api/client';
import type { Fault, Problem } from '@/api/types';
import { usePick, useT } from '@/words';
import { Button } from './Button';
import { cx } from './cx';

/** Grey bars that appear only after 150 ms, so that quick answers don't flicker. */
export function Skeleton({ rows = 4, tall = false }: { rows?: number; tall?: boolean }) {
  const t = useT();
  return (
    <div className="flex flex-col gap-2.5 p-4" role="status" aria-label={t('state.loading')}>
      {Array.from({ length: rows }, (_, i) => <div key={i} className={cx('skeleton', tall ? 'h-24' : 'h-8', i % 3 === 2 && 'w-2/3')} />)}
    </div>
  );
}

export function Empty({ icon: Icon, title, children }: { icon?: LucideIcon; title: string; children?: ReactNode }) {
  return (
    <div className="flex flex-col items-center gap-1.5 px-6 py-10 text-center">
      {Icon ? <Icon size={22} strokeWidth={1.6} className="mb-1 text-mute" aria-hidden /> : null}
      <p className="font-medium text-ink">{title}</p>
      {children ? <div className="max-w-md text-sm text-mute">{children}</div> : null}
    </div>
  );
}

/** The problem document behind an error, with words of our own where the server could not speak. */
export function useProblem(): (error: unknown) => Problem {
  const t = useT();
  return (error) => {
    const problem = error instanceof ApiError ? error.problem : { title: '', status: -1 };
    if (problem.title) return problem;
    if (problem.status === 0) return { ...problem, title: t('problem.unreachable'), hint: t('problem.unreachable.hint') };
    return { ...problem, title: t('problem.unexpected'), hint: t('problem.unexpected.hint') };
  };
}

export function ProblemNote({ error, onRetry, className }: { error: unknown; onRetry?: () => void; className?: string }) {
  const t = useT();
  const problem = useProblem()(error);
  return (
    <div role="alert" className={cx('flex gap-3 rounded-lg border border-bad/30 bg-bad-wash p-3.5 text-base', className)}>
      <CircleAlert size={18} className="mt-0.5 shrink-0 text-bad" aria-hidden />
      <div className="min-w-0 flex-1">
        <p className="font-semibold text-bad">{problem.title}{problem.detail ? <span className="font-normal text-ink"> · {problem.detail}</span> : null}</p>
        {problem.hint ? <p className="mt-0.5 text-soft">{problem.hint}</p> : null}
        {problem.errors?.length ? (
          <ul className="mt-1.5 flex flex-col gap-0.5 text-sm">
            {problem.errors.map((each) => <li key={each.pointer + each.message}><code className="text-xs text-bad">{each.pointer || '/'}</code> {each.message}</li>)}
          </ul>
        ) : null}
        {problem.code || problem.where || problem.request_id ? (
          <p className="mt-1.5 flex flex-wrap gap-x-3 text-xs text-mute">
            {problem.code ? <HelpLink code={problem.code} /> : null}
            {problem.where ? <span>{problem.where}</span> : null}
            {problem.request_id ? <span className="font-mono">{problem.request_id}</span> : null}
          </p>
        ) : null}
      </div>
      {onRetry ? <Button small look="plain" icon={RotateCw} onClick={onRetry}>{t('action.try_again')}</Button> : null}
    </div>
  );
}

/** The code, which the server explains on a page of its own. */
export function HelpLink({ code }: { code: string }) {
  const t = useT();
  return <a href={`/help/${encodeURIComponent(code)}`} target="_blank" rel="noreferrer noopener" className="font-mono underline decoration-line underline-offset-3 hover:text-ink">{code}<span className="sr-only"> {t('action.new_tab')}</span></a>;
}

/** A fault as a run or step carries it. */
export function FaultNote({ fault, className }: { fault: Fault; className?: string }) {
  const pick = usePick();
  const t = useT();
  const title = pick(fault.title) || t('problem.unexpected');
  const hint = pick(fault.hint);
  return (
    <div className={cx('flex gap-2.5 rounded-lg border border-bad/30 bg-bad-wash px-3.5 py-3', className)}>
      <CircleAlert size={17} className="mt-0.5 shrink-0 text-bad" aria-hidden />
      <div className="min-w-0">
        <p className="font-semibold text-bad">{title}</p>
        {fault.detail ? <p className="text-ink">{pick(fault.detail)}</p> : null}
        {hint ? <p className="text-soft">{hint}</p> : null}
        {fault.code || fault.where || fault.place ? <p className="mt-1 flex flex-wrap gap-x-3 text-xs text-mute">{fault.code ? <HelpLink code={fault.code} /> : null}<span className="font-mono">{fault.where ?? fault.place}</span></p> : null}
      </div>
    </div>
  );
}
