// Reads a JSON Schema as a form: which control a field needs, and the value behind what was typed.
import type { Json, Schema } from '@/api/types';

export type Control = 'text' | 'long' | 'number' | 'boolean' | 'choice' | 'lines' | 'json';

export function controlFor(schema: Schema | null | undefined): Control {
  const type = typeOf(schema);
  if (schema?.enum) return 'choice';
  if (type === 'boolean') return 'boolean';
  if (type === 'integer' || type === 'number') return 'number';
  if (type === 'array') return typeOf(schema?.items) === 'string' || !schema?.items ? 'lines' : 'json';
  if (type === 'object') return 'json';
  return (schema?.maxLength ?? 0) > 2000 || schema?.format === 'textarea' || schema?.['x-long'] === true ? 'long' : 'text';
}

function typeOf(schema: Schema | null | undefined): string {
  const type = schema?.type;
  return (Array.isArray(type) ? type.find((each) => each !== 'null') : type) ?? 'string';
}

/** What a control shows for a value. */
export function toTyped(control: Control, value: Json | undefined): string {
  if (value === undefined || value === null) return '';
  if (control === 'lines' && Array.isArray(value)) return value.map(String).join('\n');
  if (control === 'json') return JSON.stringify(value, null, 2);
  if (control === 'choice') return JSON.stringify(value);
  return typeof value === 'string' ? value : JSON.stringify(value);
}

export type Typed = { ok: true; value: Json | undefined } | { ok: false };

/** The value behind typed text; `undefined` when left empty. */
export function fromTyped(control: Control, schema: Schema | null | undefined, text: string): Typed {
  if (text.trim() === '') return { ok: true, value: undefined };
  switch (control) {
    case 'number': {
      const n = Number(text.replaceAll(',', ''));
      if (!Number.isFinite(n) || (typeOf(schema) === 'integer' && !Number.isSafeInteger(n))) return { ok: false };
      return { ok: true, value: n };
    }
    case 'boolean': return { ok: true, value: text === 'true' };
    case 'lines': return { ok: true, value: text.split('\n').map((line) => line.trim()).filter(Boolean) };
    case 'choice':
    case 'json':
      try { return { ok: true, value: JSON.parse(text) as Json }; } catch { return { ok: false }; }
    default: return { ok: true, value: text };
  }
}
