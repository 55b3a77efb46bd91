// Says plainly when work goes to practice services or is written by a simulated model.
import { Link } from '@tanstack/react-router';
import { Bot, FlaskConical } from 'lucide-react';
import type { Status } from '@/api/types';
import { useT } from '@/words';

export function ModeRibbon({ status }: { status: Status | undefined }) {
  const t = useT();
  // Without a model configured, rules stand in for one.
  const ruled = !!status && status.model === null;
  if (!status || (!status.sandbox && !ruled)) return null;
  return (
    <aside aria-label={t('mode.label')} className="flex min-h-8 flex-wrap items-center gap-x-3 gap-y-0.5 border-t border-line bg-teal-wash px-4 py-1 text-xs text-teal md:px-6">
      {status.sandbox ? (
        <>
          <span className="inline-flex items-center gap-1.5 font-semibold"><FlaskConical size={14} aria-hidden />{t('mode.sandbox')}</span>
          <span className="max-md:hidden">{t('mode.sandbox.lead')}</span>
          <Link to="/sandbox" className="font-medium underline underline-offset-3"><span className="max-sm:sr-only">{t('mode.sandbox.open')}</span><span aria-hidden className="sm:hidden">{t('mode.sandbox.open_short')}</span></Link>
        </>
      ) : null}
      {ruled ? <span className="ml-auto inline-flex items-center gap-1.5 font-medium text-violet" title={t('mode.simulated.lead')}><Bot size={14} aria-hidden />{t('mode.simulated')}</span> : null}
    </aside>
  );
}
