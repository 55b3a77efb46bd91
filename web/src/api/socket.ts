// A WebSocket that comes back: exponential backoff with jitter, at once when the network returns,
// paused while nobody needs it. It never polls.
import { getToken } from './client';

export type SocketState = 'connecting' | 'open' | 'retrying' | 'closed';

interface Wiring {
  /** Path and query, asked again for every attempt (it carries the last number seen). */
  path(): string;
  onMessage(message: unknown): void;
  onState?(state: SocketState, attempt: number): void;
  /** Called on every opening; the place to subscribe. */
  onOpen?(send: (message: unknown) => void): void;
}

const FIRST_MS = 400;
const LONGEST_MS = 15_000;

/** How long to wait before attempt `n` (from 1); `chance` is in 0…1. */
export function backoff(n: number, chance: number): number {
  const full = Math.min(LONGEST_MS, FIRST_MS * 2 ** (n - 1));
  return Math.round(full / 2 + (full / 2) * chance);
}

/** Opens and keeps open; returns the call that ends it. */
export function keepOpen(wiring: Wiring): () => void {
  let socket: WebSocket | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let attempt = 0;
  let ended = false;

  const address = (): string => {
    const url = new URL(wiring.path(), location.href);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    const token = getToken();
    if (token) url.searchParams.set('token', token);
    return url.href;
  };

  const open = () => {
    if (ended) return;
    wiring.onState?.(attempt === 0 ? 'connecting' : 'retrying', attempt);
    const current = new WebSocket(address());
    socket = current;
    current.onopen = () => {
      attempt = 0;
      wiring.onState?.('open', 0);
      wiring.onOpen?.((message) => current.send(JSON.stringify(message)));
    };
    current.onmessage = (event) => {
      let message: unknown;
      try { message = JSON.parse(String(event.data)); } catch { return; }
      wiring.onMessage(message);
    };
    current.onclose = () => {
      if (ended || socket !== current) return;
      attempt += 1;
      wiring.onState?.('retrying', attempt);
      timer = setTimeout(open, backoff(attempt, Math.random()));
    };
  };

  const atOnce = () => {
    if (ended || socket?.readyState === WebSocket.OPEN || socket?.readyState === WebSocket.CONNECTING) return;
    clearTimeout(timer);
    open();
  };
  const onVisible = () => { if (document.visibilityState === 'visible') atOnce(); };

  addEventListener('online', atOnce);
  document.addEventListener('visibilitychange', onVisible);
  open();

  return () => {
    ended = true;
    clearTimeout(timer);
    removeEventListener('online', atOnce);
    document.removeEventListener('visibilitychange', onVisible);
    wiring.onState?.('closed', 0);
    socket?.close();
  };
}
