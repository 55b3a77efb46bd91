// A length of time as a number and a unit; empty means that none was chosen.
import { useT } from '@/words';
import { Field, inputClass } from './Field';

const units = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const;
export type Unit = keyof typeof units;
export interface Typed { n: string; unit: Unit }

/** The milliseconds; undefined when left empty, null when they can't be read. */
export function msOf({ n, unit }: Typed): number | undefined | null {
  if (n.trim() === '') return undefined;
  const value = Number(n.replaceAll(',', ''));
  const ms = Math.round(value * units[unit]);
  return Number.isFinite(value) && value > 0 && Number.isSafeInteger(ms) && ms >= 1 ? ms : null;
}

/** The largest unit in which the milliseconds are a whole number. */
export function typedOf(ms: number | null | undefined): Typed {
  if (!ms) return { n: '', unit: 'hour' };
  const unit = (['day', 'hour', 'minute'] as const).find((each) => ms % units[each] === 0) ?? 'minute';
  return { n: String(ms / units[unit]), unit };
}

export function DurationField({ label, hint, typed, onTyped, error }: { label: string; hint?: string; typed: Typed; onTyped: (typed: Typed) => void; error?: string | undefined }) {
  const t = useT();
  return (
    <Field label={label} hint={hint} error={error}>
      {(wiring) => (
        <div className="flex max-w-72 gap-2">
          <input {...wiring} className={inputClass} inputMode="decimal" value={typed.n} onChange={(event) => onTyped({ ...typed, n: event.target.value })} />
          <select aria-label={t('unit.label')} className={`${inputClass} h-9 w-28! shrink-0`} value={typed.unit} onChange={(event) => onTyped({ ...typed, unit: event.target.value as Unit })}>
            {(Object.keys(units) as Unit[]).map((unit) => <option key={unit} value={unit}>{t(`unit.${unit}`)}</option>)}
          </select>
        </div>
      )}
    </Field>
  );
}
