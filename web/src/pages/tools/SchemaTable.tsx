// A JSON Schema of an object as a table: name, type, whether needed, what it means.
import type { Schema, Text } from '@/api/types';
import { Chip } from '@/parts/Chip';
import { Empty } from '@/parts/States';
import { usePick, useT } from '@/words';

export function typeWord(schema: Schema): string {
  if (schema.enum) return schema.enum.map((each) => JSON.stringify(each)).join(' | ');
  const type = Array.isArray(schema.type) ? schema.type.join(' | ') : (schema.type ?? 'any');
  if (type === 'array' && schema.items) return `${typeWord(schema.items)}[]`;
  return schema.format ? `${type} (${schema.format})` : type;
}

interface Row { path: string; schema: Schema; required: boolean; depth: number }

function rowsOf(schema: Schema, prefix = '', depth = 0): Row[] {
  const required = new Set(schema.required ?? []);
  return Object.entries(schema.properties ?? {}).flatMap(([name, each]) => {
    const path = prefix ? `${prefix}.${name}` : name;
    const inner = each.properties ? each : each.items?.properties ? each.items : null;
    return [{ path, schema: each, required: required.has(name), depth }, ...(inner && depth < 5 ? rowsOf(inner, path, depth + 1) : [])];
  });
}

export function SchemaTable({ schema }: { schema: Schema }) {
  const t = useT();
  const pick = usePick();
  const list = rowsOf(schema);
  if (list.length === 0) return <Empty title={t('tool.no_input')} />;
  return (
    <ul>
      {list.map((row) => (
        <li key={row.path} className="grid gap-x-4 gap-y-0.5 border-b border-line px-4 py-2 last:border-0 md:grid-cols-[220px_200px_minmax(0,1fr)]">
          <span className="flex items-center gap-2" style={{ paddingLeft: `${row.depth * 16}px` }}><code className="text-sm font-medium">{row.path.split('.').at(-1)}</code>{row.required ? <Chip tone="accent">{t('tool.required')}</Chip> : null}</span>
          <code className="self-center text-xs text-mute">{typeWord(row.schema)}</code>
          <span className="text-sm text-soft">{pick(row.schema['x-ask'] as Text | undefined) || row.schema.description || row.schema.title}</span>
        </li>
      ))}
    </ul>
  );
}
