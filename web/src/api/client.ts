// One way to call the interface: JSON in and out, problems as a typed error, a fresh
// Idempotency-Key on every POST, the person's language on every call.
import { getLang } from '@/words/lang';
import type { Problem } from './types';

const TOKEN_KEY = 'metel.token';

/** A refusal or failure, as the problem document that the server sent (or one made here). */
export class ApiError extends Error {
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.title);
    this.name = 'ApiError';
    this.problem = problem;
  }
}

/** The pasted token of this tab, if there is one; the cookie of a one-time link needs none. */
export function getToken(): string | null {
  try { return sessionStorage.getItem(TOKEN_KEY); } catch { return null; }
}

export function setToken(token: string | null): void {
  try {
    if (token === null) sessionStorage.removeItem(TOKEN_KEY);
    else sessionStorage.setItem(TOKEN_KEY, token);
  } catch { /* storage is switched off: the tab stays signed out */ }
}

/** 128 random bits in hex; `crypto.randomUUID` is missing on plain http addresses. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');
}

interface Options {
  method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  body?: unknown;
  /** Set it when the same intention may be sent twice. */
  key?: string;
  signal?: AbortSignal;
  headers?: Record<string, string>;
}

export async function call<T>(path: string, options: Options = {}): Promise<T> {
  const method = options.method ?? 'GET';
  const headers: Record<string, string> = { Accept: 'application/json', 'Accept-Language': getLang(), ...options.headers };
  const token = getToken();
  if (token) headers.Authorization = `Bearer ${token}`;
  if (method === 'POST') headers['Idempotency-Key'] = options.key ?? newKey();
  if (options.body !== undefined) headers['Content-Type'] = 'application/json';

  let response: Response;
  try {
    response = await fetch(path, {
      method,
      headers,
      credentials: 'same-origin',
      ...(options.body !== undefined ? { body: JSON.stringify(options.body) } : {}),
      ...(options.signal ? { signal: options.signal } : {}),
    });
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause;
    throw new ApiError({ title: '', status: 0, kind: 'server.unreachable', code: 'METEL-0003' });
  }

  const text = await response.text();
  let body: unknown = null;
  if (text) {
    try { body = JSON.parse(text); } catch { body = null; }
  }
  if (!response.ok) throw new ApiError(asProblem(body, response.status));
  return body as T;
}

function asProblem(body: unknown, status: number): Problem {
  if (body && typeof body === 'object' && 'title' in body) {
    return { ...(body as Problem), status: (body as Problem).status ?? status };
  }
  return { title: '', status, kind: 'answer.unreadable' };
}

/** Builds a query string, leaving out what is empty. */
export function withQuery(path: string, query: Record<string, string | number | undefined | null>): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== '') params.set(name, String(value));
  }
  const text = params.toString();
  return text ? `${path}?${text}` : path;
}
