// One decision: what will happen, why it is asked, exactly what is sent, and the ways to answer.
// The digest of what is shown goes with the answer, so nothing else can be approved by it.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Check, EyeOff, Pencil, ShieldQuestion, Undo2, X } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { ApiError, call, newKey } from '@/api/client';
import { takeApproval } from '@/api/live';
import { enc, queries } from '@/api/queries';
import type { Approval, Decision } from '@/api/types';
import { Button } from '@/parts/Button';
import { Chip } from '@/parts/Chip';
import { cx } from '@/parts/cx';
import { HoldButton } from '@/parts/HoldButton';
import { PayloadTable } from '@/parts/PayloadTable';
import { ProblemNote } from '@/parts/States';
import { isHighRisk, RiskChips } from '@/parts/Status';
import { Remaining } from '@/parts/Time';
import { VisibleText } from '@/parts/VisibleText';
import { usePick, useT } from '@/words';
import { useLetterKeys } from '@/app/keys';
import { DecidedNote } from './DecidedNote';
import { EditPayload } from './EditPayload';
import { useReasons } from './reasons';
import { RejectForm } from './RejectForm';

type Mode = 'read' | 'edit' | 'reject';

export function ApprovalCard({ approval, inRun = false, keys = false }: { approval: Approval; inRun?: boolean; keys?: boolean }) {
  const t = useT();
  const pick = usePick();
  const reasons = useReasons();
  const client = useQueryClient();
  const [mode, setMode] = useState<Mode>('read');
  const [readAll, setReadAll] = useState(false);
  const [allLike, setAllLike] = useState(false);
  const key = useRef(newKey());
  // Personal data on its way outside asks for the same care as a deletion.
  const high = isHighRisk(approval.risk) || (approval.verdict.outside === true && (approval.verdict.pii ?? []).length > 0);
  const pending = approval.status === 'pending';
  // Inside a run a decided card takes little room; everything is one press away.
  const [whole, setWhole] = useState(false);
  const brief = inRun && !pending && !whole;
  const hasPii = (approval.verdict.pii ?? []).length > 0;

  const decide = useMutation({
    mutationFn: (decision: Decision) => call<Approval>(`/v1/approvals/${enc(approval.id)}/decision`, { method: 'POST', body: decision, key: `${key.current}-${decision.decision}` }),
    onSuccess: (decided) => {
      takeApproval(client, decided);
      setMode('read');
      void client.invalidateQueries({ queryKey: ['approvals'] });
      void client.invalidateQueries({ queryKey: ['status'] });
      void client.invalidateQueries({ queryKey: queries.run(decided.run).queryKey });
    },
    onError: (error) => {
      key.current = newKey();
      // Decided elsewhere or changed: show what it says now.
      if (error instanceof ApiError && error.problem.status === 409) {
        void client.invalidateQueries({ queryKey: queries.approval(approval.id).queryKey });
        void client.invalidateQueries({ queryKey: ['approvals'] });
        void client.invalidateQueries({ queryKey: queries.run(approval.run).queryKey });
      }
    },
  });

  const approve = () => decide.mutate({ decision: 'approve', digest: approval.digest, all_like_this: allLike });
  const mask = () => decide.mutate({ decision: 'mask', digest: approval.digest });
  const blocked = decide.isPending || (high && !readAll);

  useLetterKeys((pressed, event) => {
    if (!keys || !pending || mode !== 'read' || decide.isPending) return;
    if (pressed === 'e') { event.preventDefault(); setMode('edit'); }
    if (pressed === 'x') { event.preventDefault(); setMode('reject'); }
    if (pressed === 'm' && hasPii) mask();
    if (pressed === 'a' && !high) approve();
  });

  const heading = `approval-${approval.id}`;
  const waitNote = `${heading}-wait`;
  return (
    <article aria-labelledby={heading} tabIndex={-1} className={cx('overflow-clip rounded-xl border bg-card outline-none', pending ? 'border-warn/45 shadow-lift' : 'border-line shadow-card')}>
      <header className={cx('flex flex-wrap items-center gap-2 border-b px-5 py-2.5', pending ? 'border-warn/25 bg-warn-wash' : 'border-line bg-sunk')}>
        <span className={cx('text-sm font-semibold', pending ? 'text-warn' : 'text-soft')}>{pending ? t('approval.needed') : t('approval.closed')}</span>
        <RiskChips risk={approval.risk} />
        {approval.verdict.outside ? <Chip tone="warn">{t('approval.outside')}</Chip> : null}
        <span className="flex-1" />
        {pending ? <span className="text-sm text-soft"><Remaining until={approval.expires_at} within={(time) => t('approval.auto_reject', { time })} /></span> : null}
      </header>
      <div className="px-5 pt-4 pb-5">
        <h2 id={heading} className="text-lg font-bold tracking-tight">{pick(approval.title)}</h2>
        <p className="mt-1 flex flex-wrap gap-x-1.5 text-sm text-mute">
          {inRun ? null : <Link to="/runs/$id" params={{ id: approval.run }} className="text-link hover:underline">{t('approval.run', { short: approval.run.slice(-6) })}</Link>}
          {inRun ? null : <span aria-hidden>·</span>}
          <span>{t('approval.step', { step: approval.step })}</span>
          {approval.tool ? <><span aria-hidden>·</span><code className="text-xs leading-5">{approval.tool}{approval.version ? `@${approval.version}` : ''}</code></> : null}
        </p>
        {approval.request ? <p className="mt-0.5 text-sm text-mute">{t('approval.request')} “<bdi>{approval.request}</bdi>”</p> : null}

        {brief ? <DecidedNote approval={approval} /> : null}
        {brief ? <button type="button" aria-expanded={false} onClick={() => setWhole(true)} className="mt-2.5 text-sm text-link hover:underline">{t('approval.show_whole')}</button> : null}
        <div className={cx(brief && 'hidden')}>
        <div className="mt-3.5 flex items-start gap-2.5 rounded-lg bg-sunk px-3.5 py-2.5">
          <ShieldQuestion size={17} className="mt-0.5 shrink-0 text-warn" aria-hidden />
          <div>
            <p className="text-sm font-semibold">{t('approval.why')}</p>
            {reasons(approval).map((reason) => <p key={reason} className="text-soft first-letter:uppercase">{reason}</p>)}
            <p className="text-xs text-mute">{t('approval.rule')} <code>{approval.verdict.rule}</code></p>
          </div>
        </div>

        {approval.preview && approval.tool ? <p className="mt-3.5 border-l-3 border-edge pl-3 text-ink"><VisibleText text={pick(approval.preview)} pii={approval.verdict.pii ?? []} /></p> : null}

        {mode === 'edit' && pending ? (
          <EditPayload
            approval={approval}
            busy={decide.isPending}
            error={decide.error}
            onSend={(payload) => decide.mutate({ decision: 'edit', digest: approval.digest, payload })}
            onCancel={() => { setMode('read'); decide.reset(); }}
          />
        ) : (
          <Payload approval={approval} onAllRead={() => setReadAll(true)} />
        )}

        <p className={cx('mt-3 flex flex-wrap items-center gap-x-4 gap-y-1 text-sm text-mute', mode === 'edit' && 'hidden')}>
          <span className="inline-flex items-center gap-1.5"><Undo2 size={14} aria-hidden />{approval.undo ? pick(approval.undo) : t('approval.no_undo')}</span>
          <span title={approval.digest}>{t('approval.digest')} <code className="text-xs">{shortDigest(approval.digest)}</code></span>
        </p>

        {decide.isError && mode !== 'edit' ? <ProblemNote error={decide.error} className="mt-4" /> : null}
        </div>
        {!pending ? brief ? null : <DecidedNote approval={approval} /> : mode === 'reject' ? (
          <RejectForm busy={decide.isPending} onReject={(reason) => decide.mutate({ decision: 'reject', digest: approval.digest, ...(reason ? { reason } : {}) })} onCancel={() => setMode('read')} />
        ) : mode === 'read' ? (
          <>
            {high || !approval.tool ? null : (
              <label className="mt-3.5 flex items-center gap-2 text-sm text-soft">
                <input type="checkbox" className="size-4 accent-accent" checked={allLike} onChange={(event) => setAllLike(event.target.checked)} />
                {t('approval.all_like')}
              </label>
            )}
            <div className="sticky bottom-0 -mx-5 mt-3.5 -mb-5 border-t border-line bg-card px-5 py-3.5">
              <div className="flex flex-wrap items-center gap-2">
              {hasPii ? <Button look="primary" icon={EyeOff} busy={decide.isPending && decide.variables.decision === 'mask'} disabled={decide.isPending} onClick={mask}>{t('approval.mask')}</Button> : null}
              {high
                ? <HoldButton label={t('approval.hold')} icon={Check} disabled={blocked} onConfirm={approve} describedBy={waitNote} />
                : <Button look={hasPii ? 'plain' : 'primary'} icon={Check} busy={decide.isPending && decide.variables.decision === 'approve'} disabled={decide.isPending} onClick={approve}>{t('approval.approve')}</Button>}
              <Button icon={Pencil} disabled={decide.isPending} onClick={() => { decide.reset(); setMode('edit'); }}>{t('approval.edit')}</Button>
              <Button look="danger" icon={X} disabled={decide.isPending} onClick={() => { decide.reset(); setMode('reject'); }}>{t('approval.reject')}</Button>
            </div>
              {high ? <p id={waitNote} className="mt-2 text-xs text-mute">{readAll ? t('approval.hold.why') : t('approval.read_first')}</p> : null}
            </div>
          </>
        ) : null}
      </div>
    </article>
  );
}

const shortDigest = (digest: string): string => {
  const hex = digest.replace(/^sha256[:-]?/, '');
  return `sha256 ${hex.slice(0, 4)}…${hex.slice(-4)}`;
};

// Heights at the bottom of the screen that hide the payload: the buttons, the mode, the phone's navigation.
const BAR_WIDE = 120;
const BAR_PHONE = 230;

/** The whole payload; says when its end was really on the screen, not only scrolled to in its box. */
function Payload({ approval, onAllRead }: { approval: Approval; onAllRead: () => void }) {
  const t = useT();
  const box = useRef<HTMLDivElement>(null);
  const end = useRef<HTMLDivElement>(null);
  const [cut, setCut] = useState(false);
  const done = useRef(onAllRead);
  done.current = onAllRead;
  useEffect(() => {
    const frame = box.current;
    const last = end.current;
    if (!frame || !last) return;
    setCut(frame.scrollHeight > frame.clientHeight + 2);
    const watch = new IntersectionObserver((entries) => {
      if (entries.some((entry) => entry.isIntersecting)) { done.current(); setCut(false); }
    }, { rootMargin: `0px 0px -${matchMedia('(min-width: 768px)').matches ? BAR_WIDE : BAR_PHONE}px 0px` });
    watch.observe(last);
    return () => watch.disconnect();
  }, [approval.digest]);
  const size = JSON.stringify(approval.payload).length;
  const title = approval.tool ? t('approval.payload') : t('approval.payload.gate');
  return (
    <section className="mt-4 rounded-lg border border-line" aria-label={title}>
      <p className="flex items-center justify-between border-b border-line px-3.5 py-1.5 text-xs font-medium text-mute">
        <span>{title}</span><span>{t('approval.payload.size', { n: size })}</span>
      </p>
      <div ref={box} tabIndex={0} className="max-h-80 overflow-y-auto" role="group" aria-label={title}>
        <PayloadTable payload={approval.payload} verdict={approval.verdict} names={approval.names ?? {}} />
        <div ref={end} className="h-px" />
      </div>
      {cut ? (
        <button type="button" className="w-full border-t border-line py-1.5 text-sm font-medium text-link hover:bg-hover" onClick={() => end.current?.scrollIntoView({ block: 'end', behavior: 'smooth' })}>{t('approval.to_end')}</button>
      ) : null}
    </section>
  );
}
