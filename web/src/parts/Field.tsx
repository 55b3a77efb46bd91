// One labelled field of a form.
import { useId, type ReactNode } from 'react';
import { useT } from '@/words';

export const inputClass = 'w-full rounded-md border border-field bg-card px-3 py-1.5 text-base text-ink max-md:text-md focus-visible:outline-offset-0 aria-invalid:border-bad';

interface Wiring { id: string; 'aria-describedby': string | undefined; 'aria-invalid': true | undefined; 'aria-required': true | undefined }

export function Field({ label, hint, error, required = false, children }: { label: string; hint?: string | undefined; error?: string | undefined; required?: boolean; children: (wiring: Wiring) => ReactNode }) {
  const t = useT();
  const id = useId();
  const notes = [hint ? `${id}-hint` : null, error ? `${id}-error` : null].filter(Boolean).join(' ');
  return (
    <div className="flex flex-col gap-1">
      <label htmlFor={id} className="text-sm font-medium text-ink">
        {label}{required ? null : <span className="ml-1.5 font-normal text-mute">{t('form.optional')}</span>}
      </label>
      {children({ id, 'aria-describedby': notes || undefined, 'aria-invalid': error ? true : undefined, 'aria-required': required ? true : undefined })}
      {hint ? <p id={`${id}-hint`} className="text-xs text-mute">{hint}</p> : null}
      {error ? <p id={`${id}-error`} className="text-sm text-bad">{error}</p> : null}
    </div>
  );
}
