// Server state: one query per resource. Nothing here refetches on a timer; the live sockets say
// when something changed.
import { infiniteQueryOptions, QueryClient, queryOptions } from '@tanstack/react-query';
import { ApiError, call, withQuery } from './client';
import type {
  Approval, ApprovalStatus, Connection, Dead, DeadCount, EventPage, Me, Message, Page, Pipeline, Policy, Run, RunSummary, Status, Template, Token, Tool,
} from './types';

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      refetchOnWindowFocus: false,
      retry: (failures, error) => failures < 2 && error instanceof ApiError && (error.problem.status === 0 || error.problem.status >= 500),
    },
    mutations: { retry: false },
  },
});

export interface RunFilter { status?: string; q?: string }
export interface MessageFilter { name?: string; state?: string }

export const queries = {
  me: () => queryOptions({ queryKey: ['me'], queryFn: ({ signal }) => call<Me>('/v1/me', { signal }), staleTime: Infinity }),
  status: () => queryOptions({ queryKey: ['status'], queryFn: ({ signal }) => call<Status>('/v1/status', { signal }) }),
  runs: (filter: RunFilter, limit = 50) => infiniteQueryOptions({
    queryKey: ['runs', filter, limit],
    queryFn: ({ signal, pageParam }) => call<Page<RunSummary>>(withQuery('/v1/runs', { ...filter, limit, cursor: pageParam }), { signal }),
    initialPageParam: '',
    getNextPageParam: (last) => last.next,
  }),
  run: (id: string) => queryOptions({ queryKey: ['run', id], queryFn: ({ signal }) => call<Run>(`/v1/runs/${enc(id)}`, { signal }), staleTime: 2000 }),
  events: (id: string) => infiniteQueryOptions({
    queryKey: ['events', id],
    queryFn: ({ signal, pageParam }) => call<EventPage>(withQuery(`/v1/runs/${enc(id)}/events`, { after: pageParam || undefined, limit: 200 }), { signal }),
    initialPageParam: 0,
    getNextPageParam: (last) => last.next,
    // The log only grows: what was read stays, what is new is appended.
    staleTime: Infinity,
  }),
  approvals: (status?: ApprovalStatus, run?: string) => queryOptions({
    queryKey: ['approvals', status ?? 'all', run ?? ''],
    queryFn: async ({ signal }) => (await call<Page<Approval>>(withQuery('/v1/approvals', { status, run, limit: 200 }), { signal })).items,
  }),
  approval: (id: string) => queryOptions({ queryKey: ['approval', id], queryFn: ({ signal }) => call<Approval>(`/v1/approvals/${enc(id)}`, { signal }) }),
  tools: (q: string) => queryOptions({
    queryKey: ['tools', q],
    queryFn: async ({ signal }) => (await call<Page<Tool>>(withQuery('/v1/tools', { q, limit: 200 }), { signal })).items,
  }),
  tool: (id: string) => queryOptions({ queryKey: ['tool', id], queryFn: ({ signal }) => call<Tool>(`/v1/tools/${enc(id)}`, { signal }) }),
  connections: () => queryOptions({
    queryKey: ['connections'],
    queryFn: async ({ signal }) => (await call<Page<Connection>>('/v1/connections?limit=200', { signal })).items,
  }),
  pipelines: () => queryOptions({
    queryKey: ['pipelines'],
    queryFn: async ({ signal }) => (await call<Page<Pipeline>>('/v1/workflows?limit=200', { signal })).items,
  }),
  templates: () => queryOptions({
    queryKey: ['templates'],
    queryFn: async ({ signal }) => (await call<Page<Template>>('/v1/templates?limit=200', { signal })).items,
    staleTime: 300_000,
  }),
  messages: (filter: MessageFilter) => infiniteQueryOptions({
    queryKey: ['messages', filter],
    queryFn: ({ signal, pageParam }) => call<Page<Message>>(withQuery('/v1/messages', { ...filter, limit: 50, cursor: pageParam }), { signal }),
    initialPageParam: '',
    getNextPageParam: (last) => last.next,
    staleTime: 0,
  }),
  message: (id: string) => queryOptions({ queryKey: ['message', id], queryFn: ({ signal }) => call<Message>(`/v1/messages/${enc(id)}`, { signal }), staleTime: 0 }),
  deadCounts: () => queryOptions({
    queryKey: ['dead'],
    queryFn: async ({ signal }) => (await call<{ items: DeadCount[] }>('/v1/dead/counts', { signal })).items,
  }),
  dead: (code: string) => infiniteQueryOptions({
    queryKey: ['dead', code],
    queryFn: ({ signal, pageParam }) => call<Page<Dead>>(withQuery('/v1/dead', { code, limit: 20, cursor: pageParam }), { signal }),
    initialPageParam: '',
    getNextPageParam: (last) => last.next,
  }),
  tokens: () => queryOptions({
    queryKey: ['tokens'],
    queryFn: async ({ signal }) => (await call<Page<Token>>('/v1/tokens?limit=200', { signal })).items,
  }),
  policy: () => queryOptions({ queryKey: ['policy'], queryFn: ({ signal }) => call<Policy>('/v1/policy', { signal }), staleTime: 0 }),
};

export const enc = encodeURIComponent;
