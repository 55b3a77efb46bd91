// Asks for exactly what is missing, nothing else.
import type { MissingField } from '@/api/types';
import { usePick } from '@/words';
import type { useForm } from './form';
import { SchemaField } from './SchemaField';

export function MissingFields({ fields, form }: { fields: MissingField[]; form: ReturnType<typeof useForm> }) {
  const pick = usePick();
  return (
    <div className="grid gap-4 md:grid-cols-2">
      {fields.map((field) => (
        <SchemaField
          key={field.key}
          label={pick(field.title) || field.key}
          schema={field.schema}
          required
          typed={form.textOf({ name: field.key, schema: field.schema, required: true })}
          onTyped={(text) => form.setText(field.key, text)}
          error={form.errors[field.key]}
          candidates={field.candidates ?? []}
        />
      ))}
    </div>
  );
}
