// A run that needs information: a form for exactly what is missing.
import { MessageSquareMore, Send } from 'lucide-react';
import type { JsonObject, MissingField } from '@/api/types';
import { Button } from '@/parts/Button';
import { MissingFields } from '@/parts/MissingFields';
import { ProblemNote } from '@/parts/States';
import { useForm } from '@/parts/form';
import { useT } from '@/words';

export function InputCard({ fields, busy, error, onGive }: { fields: MissingField[]; busy: boolean; error: unknown; onGive: (values: JsonObject) => void }) {
  const t = useT();
  const form = useForm(fields.map((field) => ({ name: field.key, schema: field.schema, required: true })));
  return (
    <form className="mt-5 overflow-hidden rounded-xl border border-warn/45 bg-card shadow-lift" onSubmit={(event) => { event.preventDefault(); const values = form.read(); if (values) onGive(values); }}>
      <p className="flex items-center gap-2 border-b border-warn/25 bg-warn-wash px-5 py-2.5 text-sm font-semibold text-warn"><MessageSquareMore size={16} aria-hidden />{t('missing.title', { n: fields.length })}</p>
      <div className="px-5 py-4">
        <MissingFields fields={fields} form={form} />
        {error ? <ProblemNote error={error} className="mt-4" /> : null}
        <div className="mt-4"><Button look="primary" type="submit" icon={Send} busy={busy}>{t('missing.give')}</Button></div>
      </div>
    </form>
  );
}
