// The state of a form made of schema fields: typed text by name, and its values once they read well.
import { useState } from 'react';
import { ApiError } from '@/api/client';
import type { Json, JsonObject, Schema } from '@/api/types';
import { useT } from '@/words';
import { controlFor, fromTyped, toTyped } from './schema';

export interface FormField { name: string; schema: Schema | null | undefined; required: boolean; initial?: Json | undefined }

export function useForm(fields: FormField[]) {
  const t = useT();
  const [typed, setTyped] = useState<Record<string, string>>({});
  const [errors, setErrors] = useState<Record<string, string>>({});

  const textOf = (field: FormField): string => typed[field.name] ?? toTyped(controlFor(field.schema), field.initial ?? field.schema?.default);

  /** The values, or null after marking what is missing or unreadable. */
  const read = (): JsonObject | null => {
    const values: JsonObject = {};
    const found: Record<string, string> = {};
    for (const field of fields) {
      const result = fromTyped(controlFor(field.schema), field.schema, textOf(field));
      if (!result.ok) found[field.name] = t('form.unreadable');
      else if (result.value === undefined) { if (field.required) found[field.name] = t('form.required'); }
      else values[field.name] = result.value;
    }
    setErrors(found);
    return Object.keys(found).length === 0 ? values : null;
  };

  return {
    textOf,
    errors,
    read,
    setText: (name: string, text: string) => {
      setTyped((now) => ({ ...now, [name]: text }));
      setErrors(({ [name]: _gone, ...rest }) => rest);
    },
    /** Puts the field errors of a refusal beside their fields. */
    refuse: (error: unknown) => {
      if (!(error instanceof ApiError)) return;
      const found: Record<string, string> = {};
      for (const each of error.problem.errors ?? []) {
        const pointer = each.pointer.replaceAll('~1', '/').replaceAll('~0', '~');
        const field = fields.find((f) => pointer.endsWith(`/${f.name}`) || pointer.includes(`/${f.name}/`));
        if (field) found[field.name] = each.message;
      }
      setErrors(found);
    },
  };
}
