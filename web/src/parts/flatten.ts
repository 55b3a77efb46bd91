// A JSON value as rows that a person can read down: keys sorted, one row per leaf, each with its
// JSON pointer (RFC 6901).
import type { Json } from '@/api/types';

export interface Leaf { pointer: string; path: string[]; value: null | boolean | number | string | [] | Record<string, never> }

const escape = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1');

export function flatten(value: Json, path: string[] = []): Leaf[] {
  if (Array.isArray(value) && value.length > 0) {
    return value.flatMap((item, i) => flatten(item, [...path, String(i)]));
  }
  if (value !== null && typeof value === 'object' && !Array.isArray(value) && Object.keys(value).length > 0) {
    return Object.keys(value).sort().flatMap((key) => flatten(value[key] ?? null, [...path, key]));
  }
  return [{ pointer: path.map((key) => `/${escape(key)}`).join(''), path, value: value as Leaf['value'] }];
}

/** The same value with keys sorted at every depth. */
export function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map(sorted);
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(Object.keys(value).sort().map((key) => [key, sorted(value[key] ?? null)]));
  }
  return value;
}

export interface Change { pointer: string; before: string | null; after: string | null }

/** Leaves that differ between two values; null where one side has none. */
export function changes(before: Json, after: Json): Change[] {
  const show = (leaf: Leaf) => (typeof leaf.value === 'string' ? leaf.value : JSON.stringify(leaf.value));
  const old = new Map(flatten(before).map((leaf) => [leaf.pointer, show(leaf)]));
  const now = new Map(flatten(after).map((leaf) => [leaf.pointer, show(leaf)]));
  return [...new Set([...old.keys(), ...now.keys()])].sort()
    .filter((pointer) => old.get(pointer) !== now.get(pointer))
    .map((pointer) => ({ pointer, before: old.get(pointer) ?? null, after: now.get(pointer) ?? null }));
}

/** True when a mark at `mark` covers the leaf at `pointer`: the same place or one above it. */
export const covers = (mark: string, pointer: string): boolean => mark === '' || pointer === mark || pointer.startsWith(`${mark}/`);
