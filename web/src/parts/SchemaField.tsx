// The control for one field of a schema; candidates are offered as buttons.
import type { Json, Schema } from '@/api/types';
import { useT } from '@/words';
import { Field, inputClass } from './Field';
import { controlFor, toTyped } from './schema';

interface Props {
  label: string;
  schema: Schema | null | undefined;
  typed: string;
  onTyped: (text: string) => void;
  required?: boolean;
  error?: string | undefined;
  candidates?: Json[];
}

export function SchemaField({ label, schema, typed, onTyped, required = false, error, candidates = [] }: Props) {
  const t = useT();
  const control = controlFor(schema);
  const hint = [schema?.description, control === 'lines' ? t('form.lines') : null, control === 'json' ? 'JSON' : null].filter(Boolean).join(' · ');
  return (
    <Field label={label} hint={hint || undefined} error={error} required={required}>
      {(wiring) => (
        <>
          {control === 'choice' ? (
            <select {...wiring} className={`${inputClass} h-9`} value={typed} onChange={(event) => onTyped(event.target.value)}>
              <option value="">{t('form.choose')}</option>
              {(schema?.enum ?? []).map((each) => <option key={JSON.stringify(each)} value={JSON.stringify(each)}>{String(each)}</option>)}
            </select>
          ) : control === 'boolean' ? (
            <select {...wiring} className={`${inputClass} h-9`} value={typed} onChange={(event) => onTyped(event.target.value)}>
              <option value="">{t('form.choose')}</option>
              <option value="true">{t('form.yes')}</option>
              <option value="false">{t('form.no')}</option>
            </select>
          ) : control === 'text' || control === 'number' ? (
            <input {...wiring} className={inputClass} type="text" inputMode={control === 'number' ? 'decimal' : undefined} value={typed} placeholder={toTyped(control, schema?.examples?.[0])} onChange={(event) => onTyped(event.target.value)} />
          ) : (
            <textarea {...wiring} className={`${inputClass} ${control === 'json' ? 'font-mono text-sm' : ''}`} rows={control === 'long' ? 5 : 3} value={typed} onChange={(event) => onTyped(event.target.value)} />
          )}
          {candidates.length > 0 ? (
            <div className="flex flex-wrap gap-1.5">
              {candidates.slice(0, 12).map((each) => {
                const text = toTyped(control, each);
                return (
                  <button key={text} type="button" aria-pressed={typed === text} onClick={() => onTyped(text)} className="rounded-full border border-edge px-2.5 py-0.5 text-sm text-soft hover:bg-hover aria-pressed:border-accent aria-pressed:bg-accent-wash aria-pressed:text-link">
                    {text}
                  </button>
                );
              })}
            </div>
          ) : null}
        </>
      )}
    </Field>
  );
}
