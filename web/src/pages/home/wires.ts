// How data flows between the steps of a plan, and where a value in the arguments comes from.
import type { Json, PlanAction } from '@/api/types';

export interface Wire { from: number; product: string }

/** ① … ⑳, then (21). */
export const circled = (index: number): string => (index < 20 ? String.fromCodePoint(0x2460 + index) : `(${index + 1})`);

/** What an action takes from earlier ones: from `requires`, and from references in its arguments. */
export function wiresInto(actions: PlanAction[], index: number): Wire[] {
  const action = actions[index];
  if (!action) return [];
  const found = new Map<string, Wire>();
  for (const name of [...action.requires, ...references(action.args)]) {
    const [id, ...rest] = name.split('.');
    const from = actions.findIndex((each) => each.id === id);
    const product = rest.join('.') || id || '';
    if (from >= 0 && from !== index) found.set(`${from}.${product}`, { from, product });
  }
  return [...found.values()].sort((a, b) => a.from - b.from || a.product.localeCompare(b.product));
}

export function references(value: Json): string[] {
  if (typeof value === 'string') return [...value.matchAll(/(?<!\$)\$\{([A-Za-z_][\w.[\]-]*)\}/g)].map((match) => match[1] ?? '');
  if (Array.isArray(value)) return value.flatMap(references);
  if (value !== null && typeof value === 'object') {
    const lone = value['$ref'];
    if (typeof lone === 'string' && Object.keys(value).length === 1) return [lone];
    return Object.values(value).flatMap(references);
  }
  return [];
}

/** The arguments with references in words: `${a1.page_url}` reads `① page_url`. */
export function readable(value: Json, actions: PlanAction[]): Json {
  const name = (reference: string): string => {
    const [id, ...rest] = reference.split('.');
    const from = actions.findIndex((each) => each.id === id);
    return from >= 0 ? `${circled(from)} ${rest.join('.')}`.trim() : reference;
  };
  if (typeof value === 'string') return value.replace(/(?<!\$)\$\{([A-Za-z_][\w.[\]-]*)\}/g, (_all, reference: string) => `‹${name(reference)}›`);
  if (Array.isArray(value)) return value.map((each) => readable(each, actions));
  if (value !== null && typeof value === 'object') {
    const lone = value['$ref'];
    if (typeof lone === 'string' && Object.keys(value).length === 1) return `‹${name(lone)}›`;
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, readable(each, actions)]));
  }
  return value;
}
