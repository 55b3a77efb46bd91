// The fields of a form, from its schema: those that are needed first, in the order in which they are
// named so; where the schema names none, one field for all values.
import type { Schema, Text } from '@/api/types';
import type { FormField } from '@/parts/form';
import { controlFor } from '@/parts/schema';

/** Stands for all values as one object. */
export const WHOLE = '';

export interface TaskField extends FormField { ask: Text | null; wide: boolean }

export function fieldsOf(schema: Schema): TaskField[] {
  const properties = schema.properties && typeof schema.properties === 'object' ? Object.entries(schema.properties) : [];
  if (properties.length === 0) {
    // A form that takes nothing is handed in as it is.
    return schema.additionalProperties === false ? [] : [{ name: WHOLE, schema: { type: 'object' }, required: (schema.required ?? []).length > 0, ask: null, wide: true, initial: {} }];
  }
  const needed = Array.isArray(schema.required) ? schema.required : [];
  const place = (name: string) => (needed.includes(name) ? needed.indexOf(name) : needed.length);
  return properties
    .map(([name, each]) => {
      const own: Schema = each !== null && typeof each === 'object' ? each : {};
      const control = controlFor(own);
      return { name, schema: own, required: needed.includes(name), ask: (own['x-ask'] as Text | undefined) ?? null, wide: control === 'long' || control === 'json' || control === 'lines' };
    })
    .sort((a, b) => place(a.name) - place(b.name));
}
