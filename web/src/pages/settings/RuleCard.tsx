// One rule of the policy: when it holds, what it does, and what people are told.
import { ArrowDown, ArrowUp, ChevronRight, Trash2, TriangleAlert } from 'lucide-react';
import { useId, useState } from 'react';
import type { Effect, Risk } from '@/api/types';
import { risk as risks } from '@/generated/words';
import { IconButton } from '@/parts/Button';
import { Chip } from '@/parts/Chip';
import { cx } from '@/parts/cx';
import { Field, inputClass } from '@/parts/Field';
import { RiskChips } from '@/parts/Status';
import { useT } from '@/words';
import { useLang } from '@/words/lang';
import { isSweeping, type RuleDraft } from './policy';

const effects: Effect[] = ['approval', 'deny', 'allow'];
const tones = { approval: 'warn', deny: 'bad', allow: 'ok' } as const;

interface Props { rule: RuleDraft; number: number; last: boolean; may: boolean; faults: { field: string; message: string }[]; onEdit: (change: Partial<RuleDraft>) => void; onMove: (by: number) => void; onRemove: () => void }

export function RuleCard({ rule, number, last, may, faults, onEdit, onMove, onRemove }: Props) {
  const t = useT();
  const lang = useLang();
  const body = useId();
  // A rule that says nothing yet is open to be filled in.
  const [shown, setShown] = useState(() => !rule.en && !rule.ko && !rule.tool && !rule.service && !rule.condition && rule.risk.length === 0);
  const open = shown || faults.length > 0;
  const fault = (field: string) => faults.find((each) => each.field === field)?.message;
  const said = (lang === 'ko' ? rule.ko || rule.en : rule.en || rule.ko) || rule.condition;
  return (
    <li className="border-b border-line last:border-0">
      <div className="flex items-center gap-1 pr-2">
        <button type="button" aria-expanded={open} aria-controls={body} onClick={() => setShown(!open)} className="flex min-w-0 flex-1 flex-wrap items-center gap-x-2.5 gap-y-1 px-4 py-2.5 text-left hover:bg-hover focus-visible:-outline-offset-2">
          <ChevronRight size={15} className={cx('shrink-0 text-mute transition-transform', open && 'rotate-90')} aria-hidden />
          <Chip tone={tones[rule.effect]}>{t(`effect.${rule.effect}`)}</Chip>
          <code className="text-sm font-semibold break-all">{rule.id || t('policy.unnamed')}</code>
          {rule.tool || rule.service ? <code className="text-xs text-mute">{rule.tool || rule.service}</code> : null}
          <RiskChips risk={rule.risk} />
          {said ? <span className="w-full truncate pl-6 text-sm text-mute">{said}</span> : null}
        </button>
        {may ? (
          <>
            <IconButton icon={ArrowUp} label={t('policy.up', { id: rule.id })} className="max-sm:hidden" disabled={number === 1} onClick={() => onMove(-1)} />
            <IconButton icon={ArrowDown} label={t('policy.down', { id: rule.id })} className="max-sm:hidden" disabled={last} onClick={() => onMove(1)} />
            <IconButton icon={Trash2} label={t('policy.remove', { id: rule.id })} onClick={onRemove} />
          </>
        ) : null}
      </div>
      <div id={body} hidden={!open} className="border-t border-line bg-paper px-5 py-4">
        {open ? (
          <div className="grid gap-4 md:grid-cols-2">
            <Field label={t('policy.id')} hint={t('policy.id.hint')} error={fault('id')} required>{(wiring) => <input {...wiring} className={`${inputClass} font-mono`} autoCapitalize="none" spellCheck={false} value={rule.id} onChange={(event) => onEdit({ id: event.target.value })} />}</Field>
            <Field label={t('policy.effect')} hint={t(`effect.${rule.effect}.means`)} error={fault('effect')} required>{(wiring) => <select {...wiring} className={`${inputClass} h-9`} value={rule.effect} onChange={(event) => onEdit({ effect: event.target.value as Effect })}>{effects.map((each) => <option key={each} value={each}>{t(`effect.${each}`)}</option>)}</select>}</Field>
            <Field label={t('policy.tool')} hint={t('policy.tool.hint')} error={fault('tool')}>{(wiring) => <input {...wiring} className={`${inputClass} font-mono`} autoCapitalize="none" spellCheck={false} placeholder="slack.*" value={rule.tool} onChange={(event) => onEdit({ tool: event.target.value })} />}</Field>
            <Field label={t('policy.service')} error={fault('service')}>{(wiring) => <input {...wiring} className={`${inputClass} font-mono`} autoCapitalize="none" spellCheck={false} placeholder="slack" value={rule.service} onChange={(event) => onEdit({ service: event.target.value })} />}</Field>
            <fieldset className="md:col-span-2">
              <legend className="mb-1 text-sm font-medium">{t('policy.risk')}<span className="ml-1.5 font-normal text-mute">{t('form.optional')}</span></legend>
              <div className="flex flex-wrap gap-x-5 gap-y-1.5">
                {(Object.keys(risks) as Risk[]).map((each) => (
                  <label key={each} className="flex items-center gap-2"><input type="checkbox" className="size-4 accent-accent" checked={rule.risk.includes(each)} onChange={(event) => onEdit({ risk: event.target.checked ? [...rule.risk, each] : rule.risk.filter((one) => one !== each) })} />{risks[each][lang]}</label>
                ))}
              </div>
            </fieldset>
            <div className="md:col-span-2">
              <Field label={t('policy.condition')} hint={t('policy.condition.hint')} error={fault('condition')}>{(wiring) => <textarea {...wiring} rows={2} className={`${inputClass} font-mono text-sm`} spellCheck={false} placeholder="size(pii) > 0 && input.channel != '#team'" value={rule.condition} onChange={(event) => onEdit({ condition: event.target.value })} />}</Field>
            </div>
            <Field label={t('policy.reason.ko')} error={fault('reason')}>{(wiring) => <input {...wiring} lang="ko" className={inputClass} value={rule.ko} onChange={(event) => onEdit({ ko: event.target.value })} />}</Field>
            <Field label={t('policy.reason.en')}>{(wiring) => <input {...wiring} lang="en" className={inputClass} value={rule.en} onChange={(event) => onEdit({ en: event.target.value })} />}</Field>
            {isSweeping(rule) ? <p className="flex items-start gap-2 text-sm text-warn md:col-span-2"><TriangleAlert size={15} className="mt-0.5 shrink-0" aria-hidden />{t('policy.sweeping')}</p> : null}
          </div>
        ) : null}
      </div>
    </li>
  );
}
