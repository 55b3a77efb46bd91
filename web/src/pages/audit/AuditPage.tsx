// Whether the record is whole: every run's chain of hashes, checked from the first event on.
import { useMutation } from '@tanstack/react-query';
import { Link, useSearch } from '@tanstack/react-router';
import { ShieldAlert, ShieldCheck } from 'lucide-react';
import { call, withQuery } from '@/api/client';
import type { AuditReport } from '@/api/types';
import { Button } from '@/parts/Button';
import { Page, Panel } from '@/parts/Page';
import { ProblemNote } from '@/parts/States';
import { useT } from '@/words';
import { absolute, count, duration } from '@/words/format';
import { useLang } from '@/words/lang';

export function AuditPage() {
  const t = useT();
  const lang = useLang();
  const { run } = useSearch({ from: '/shell/audit' });
  const verify = useMutation({
    mutationFn: async () => ({ report: await call<AuditReport>(withQuery('/v1/audit/verify', { run })), at: new Date().toISOString() }),
  });
  const report = verify.data?.report;
  const Icon = report && !report.ok ? ShieldAlert : ShieldCheck;
  return (
    <Page title={t('nav.audit')} lead={t('audit.lead')}>
      <Panel>
        <div className="flex flex-wrap items-center gap-4 p-5">
          <Icon size={34} strokeWidth={1.6} aria-hidden className={report ? (report.ok ? 'text-ok' : 'text-bad') : 'text-mute'} />
          <div role="status" className="min-w-0 flex-1 basis-60">
            <p className={`text-md font-semibold ${report ? (report.ok ? 'text-ok' : 'text-bad') : ''}`}>{report ? (report.ok ? t('audit.whole') : t('audit.broken')) : t('audit.unknown')}</p>
            <p className="text-sm text-mute">{verify.data ? t('audit.checked', { at: absolute(verify.data.at, lang) }) : run ? t('audit.one_run', { short: run.slice(-6) }) : t('audit.what')}</p>
          </div>
          <Button look="primary" icon={ShieldCheck} busy={verify.isPending} onClick={() => verify.mutate()}>{t('audit.verify')}</Button>
        </div>
        {verify.isError ? <ProblemNote error={verify.error} className="mx-5 mb-5" /> : null}
        {report ? (
          <dl className="grid grid-cols-2 gap-px sm:grid-cols-4 border-t border-line bg-line">
            {([[t('audit.runs'), count(report.runs, lang)], [t('audit.events'), count(report.events, lang)], [t('audit.signed'), count(report.signed_events, lang)], [t('audit.took'), duration(report.ms, lang)]] as const).map(([name, value]) => (
              <div key={name} className="bg-card px-5 py-3"><dt className="text-xs text-mute">{name}</dt><dd className="text-lg font-semibold">{value}</dd></div>
            ))}
          </dl>
        ) : null}
        {report?.first_fault ? (
          <p className="border-t border-line px-5 py-3 text-bad">{report.first_fault.checkpoint === null ? t('audit.first', { seq: report.first_fault.seq ?? 0 }) : t('audit.first_checkpoint', { number: report.first_fault.checkpoint })} {report.first_fault.what} {report.first_fault.run === null ? null : <Link to="/runs/$id" params={{ id: report.first_fault.run }} search={{ tab: 'events' }} className="font-medium underline">{report.first_fault.run.slice(-6)}</Link>}</p>
        ) : null}
      </Panel>
      <p className="mt-4 max-w-2xl text-sm text-mute">{t('audit.how')}</p>
    </Page>
  );
}
