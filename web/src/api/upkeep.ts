// What keeps a workspace going: credits, models, secrets, agents, figures of the server. Only the pages that
// need them load this.
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { ApiError, call, getToken, withQuery } from './client';
import { enc } from './queries';
import type { Instant, Money, Page, Text } from './types';

export interface Credits { available: Money; held: Money; spent: Money; granted: Money }
export interface CreditEntry { number: number; transfer: string; account: string; amount: Money; kind: string; note: string; at: Instant }
export interface Budget { scope: string; cap: Money | null; held: Money; spent: Money }
export interface ModelUse { model: string; purpose: string; calls: number; input_tokens: number; output_tokens: number; cached_tokens: number; reasoning_tokens: number; cost: Money; calls_without_cost: number }

export interface ModelPrice { input: Money; output: Money; cached?: Money | null; cache_written?: Money | null }
export interface ModelLimits { concurrent_max?: number; waiting_max?: number; requests_per_minute?: number | null; tokens_per_minute?: number | null }
export interface ModelEntry { base_url: string; model: string; protocol?: string | null; secret?: string | null; price?: ModelPrice | null; limits?: ModelLimits }
export interface ModelSettings { models: Record<string, ModelEntry>; aliases: Record<string, string[]> }
export interface ModelTrial { ok: boolean; model: string; ms: number; answer: string | null; usage: unknown; fault: string | null }
export interface HouseModels { items: { name: string; default: boolean; simulated: boolean }[]; default: string }

export interface Secret { name: string; last4: string | null; version: number; updated_at: Instant }
export interface Vault { master: string; earlier: string[]; kept: 'file' | 'environment' | 'memory'; behind: number }
export interface VaultRotation extends Vault { rewrapped: number; shut: number; resealed: number }

export interface Agent { name: string; title: Text; persona: string; model?: string | null; cost_per_run: Money; parameters: { temperature: number; max_tokens: number } }

/** Lines of one page of the ledger. */
const LEDGER_LINES = 100;

export const upkeep = {
  credits: () => queryOptions({ queryKey: ['credits'], queryFn: ({ signal }) => call<Credits>('/v1/credits', { signal }) }),
  ledger: () => infiniteQueryOptions({
    queryKey: ['ledger'],
    queryFn: async ({ signal, pageParam }) => (await call<{ items: CreditEntry[] }>(withQuery('/v1/credits/ledger', { after: pageParam || undefined, limit: LEDGER_LINES }), { signal })).items,
    initialPageParam: 0,
    getNextPageParam: (last: CreditEntry[]) => (last.length === LEDGER_LINES ? last.at(-1)?.number : undefined),
  }),
  budgets: () => queryOptions({ queryKey: ['budgets'], queryFn: async ({ signal }) => (await call<{ items: Budget[] }>('/v1/budgets', { signal })).items }),
  use: (since: string | undefined) => queryOptions({ queryKey: ['model-use', since ?? ''], queryFn: async ({ signal }) => (await call<{ items: ModelUse[] }>(withQuery('/v1/model-usage', { since }), { signal })).items }),
  models: () => queryOptions({ queryKey: ['model-settings'], queryFn: ({ signal }) => call<ModelSettings>('/v1/model-settings', { signal }), staleTime: 0 }),
  house: () => queryOptions({ queryKey: ['models'], queryFn: ({ signal }) => call<HouseModels>('/v1/models', { signal }) }),
  price: (model: string) => queryOptions({ queryKey: ['model-price', model], queryFn: ({ signal }) => call<{ known: boolean; price: ModelPrice | null }>(`/v1/model-prices/${enc(model)}`, { signal }), staleTime: 300_000 }),
  secrets: () => queryOptions({ queryKey: ['secrets'], queryFn: async ({ signal }) => (await call<Page<Secret>>('/v1/secrets?limit=200', { signal })).items }),
  vault: () => queryOptions({ queryKey: ['vault'], queryFn: ({ signal }) => call<Vault>('/v1/vault', { signal }), retry: false }),
  agents: () => queryOptions({ queryKey: ['agents'], queryFn: async ({ signal }) => (await call<Page<Agent>>('/v1/agents?limit=200', { signal })).items, staleTime: 60_000 }),
  health: () => queryOptions({ queryKey: ['status', 'health'], queryFn: ({ signal }) => call<{ status: string; version?: string }>('/health/ready', { signal }) }),
  figures: () => queryOptions({ queryKey: ['status', 'figures'], queryFn: ({ signal }) => figures(signal) }),
};

export interface Figure { name: string; help: string; lines: { labels: string; value: number }[] }

/** The server's figures in Prometheus' text format. */
async function figures(signal: AbortSignal): Promise<Figure[]> {
  const token = getToken();
  const response = await fetch('/metrics', { signal, credentials: 'same-origin', headers: token ? { Authorization: `Bearer ${token}` } : {} });
  if (!response.ok) throw new ApiError({ title: '', status: response.status });
  return readFigures(await response.text());
}

export function readFigures(text: string): Figure[] {
  const found = new Map<string, Figure>();
  const of = (name: string): Figure => {
    const figure = found.get(name) ?? { name, help: '', lines: [] };
    found.set(name, figure);
    return figure;
  };
  for (const line of text.split('\n')) {
    const help = /^# HELP (\S+) (.*)$/.exec(line);
    if (help) { of(help[1] ?? '').help = help[2] ?? ''; continue; }
    const value = /^([a-zA-Z_:][\w:]*)(\{.*\})? ([-+.\deE]+)$/.exec(line);
    if (value) of(value[1] ?? '').lines.push({ labels: value[2] ?? '', value: Number(value[3]) });
  }
  return [...found.values()];
}

/** What money was typed as: dollars, as whole micro-credits; null when it can't be read. */
export function microOf(typed: string): Money | null {
  const text = typed.trim().replace(/^\$/, '').replaceAll(',', '');
  if (!/^\d+(\.\d{1,6})?$/.test(text)) return null;
  const micro = Math.round(Number(text) * 1_000_000);
  return Number.isSafeInteger(micro) ? micro : null;
}

/** A version-4 UUID; `crypto.randomUUID` is missing on plain http addresses. */
export function uuid(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
