// The two live feeds: one stream for the whole workspace (lists, counts, the connection pill) and
// one per open run, resumed by sequence number.
import { useQuery, useQueryClient, type InfiniteData, type QueryClient } from '@tanstack/react-query';
import { useEffect, useMemo, useRef, useState } from 'react';
import { create } from 'zustand';
import { ApiError, call, withQuery } from './client';
import { fold, isFinal, noLive, rebase, receive, type Live } from './fold';
import { isAfter } from './instant';
import { enc, queries } from './queries';
import { keepOpen, type SocketState } from './socket';
import type { Approval, EventPage, LiveMessage, Run, RunSummary, StreamMessage } from './types';

interface Connection { state: SocketState; attempt: number; lastSeq: number | null; set(change: Partial<Connection>): void }

export const useConnection = create<Connection>()((set) => ({
  state: 'connecting', attempt: 0, lastSeq: null, set: (change) => set(change),
}));

/** Refetches what `keys` name, at most once in `ms`, the last wish always granted. */
function coalesced(client: QueryClient, ms: number) {
  const waiting = new Map<string, ReturnType<typeof setTimeout>>();
  return {
    /** `still` is asked when the time has come. */
    refresh(key: readonly unknown[], still: () => boolean = () => true) {
      const name = JSON.stringify(key);
      if (waiting.has(name)) return;
      waiting.set(name, setTimeout(() => {
        waiting.delete(name);
        if (still()) void client.invalidateQueries({ queryKey: key });
      }, ms));
    },
    stop() { waiting.forEach((timer) => clearTimeout(timer)); waiting.clear(); },
  };
}

/** A socket can't say why it was refused: a sign-in that ended shows on an ordinary call. */
async function askAgain(client: QueryClient): Promise<void> {
  const over = await call('/v1/me').then(() => false, (error: unknown) => error instanceof ApiError && error.problem.status === 401);
  if (over) await client.invalidateQueries({ queryKey: queries.me().queryKey });
}

/** Keeps lists and counts true while the page is open. Mounted once, in the shell. */
export function useWorkspaceStream(enabled: boolean): void {
  const client = useQueryClient();
  useEffect(() => {
    if (!enabled) return;
    const later = coalesced(client, 400);
    let opened = 0;
    const all = () => ['runs', 'run', 'approvals', 'status', 'dead', 'messages'].forEach((name) => later.refresh([name]));
    const stop = keepOpen({
      path: () => '/v1/stream',
      onState: (state, attempt) => {
        useConnection.getState().set({ state, attempt });
        if (attempt > 1) void askAgain(client);
      },
      onOpen: (send) => {
        send({ subscribe: 'runs' });
        send({ subscribe: 'approvals' });
        opened += 1;
        if (opened > 1) all();
      },
      onMessage: (raw) => {
        const message = raw as StreamMessage;
        if (message.type === 'run') {
          ['runs', 'status', 'dead', 'messages'].forEach((name) => later.refresh([name]));
          const behind = () => staleRuns(client, message.run);
          behind().forEach((key) => later.refresh(key, () => behind().includes(key)));
        } else if (message.type === 'approval') {
          takeApproval(client, message.approval);
          later.refresh(['approvals']);
          later.refresh(['status']);
        } else if (message.type === 'resync') {
          all();
        }
      },
    });
    return () => { stop(); later.stop(); };
  }, [client, enabled]);
}

export function takeApproval(client: QueryClient, approval: Approval): void {
  client.setQueryData(queries.approval(approval.id).queryKey, approval);
}

/** Fetched runs that have moved since: pausing and forms are told to nobody who only watches a run. */
export function staleRuns(client: QueryClient, moved: RunSummary): readonly (readonly unknown[])[] {
  return client.getQueryCache().findAll({ queryKey: ['run'] }).flatMap((query) => {
    const run = query.state.data as Run | undefined;
    return run?.id === moved.id && isAfter(moved.updated_at, run.updated_at) ? [query.queryKey] : [];
  });
}

/** Reads the events after the last known one, if the log was read to its end before. */
async function appendEvents(client: QueryClient, id: string, seq: number): Promise<void> {
  const { queryKey } = queries.events(id);
  const last = (data: InfiniteData<EventPage> | undefined) => data?.pages.at(-1);
  const tail = last(client.getQueryData(queryKey));
  const known = tail?.items.at(-1)?.seq ?? 0;
  if (!tail || tail.next !== null || known >= seq) return;
  const more = await call<EventPage>(withQuery(`/v1/runs/${enc(id)}/events`, { after: known, limit: 200 })).catch(() => null);
  if (!more) return;
  client.setQueryData(queryKey, (data) => {
    const now = last(data);
    if (!data || !now || now.items.at(-1)?.seq !== tail.items.at(-1)?.seq) return data;
    return { ...data, pages: [...data.pages.slice(0, -1), { items: [...now.items, ...more.items], next: more.next }] };
  });
}

/** A run with everything that has happened since it was fetched. */
export function useLiveRun(id: string) {
  const client = useQueryClient();
  const query = useQuery(queries.run(id));
  const fetched: Run | undefined = query.data;
  const [live, setLive] = useState<Live>(() => noLive(0));
  const position = useRef(0);
  const runId = fetched?.id;
  const final = fetched ? isFinal(fetched.status) : true;

  useEffect(() => { setLive(noLive(0)); position.current = 0; }, [id]);

  const seq = fetched?.seq ?? 0;
  useEffect(() => {
    if (seq === 0) return;
    position.current = Math.max(position.current, seq);
    setLive((now) => rebase(now, seq));
    void appendEvents(client, id, seq);
  }, [client, id, seq]);

  useEffect(() => {
    if (!runId || final) return;
    const later = coalesced(client, 250);
    const refetch = () => later.refresh(queries.run(id).queryKey);
    const stop = keepOpen({
      path: () => withQuery(`/ws/execution/${enc(runId)}`, { after: position.current }),
      onMessage: (raw) => {
        const message = raw as LiveMessage | { type: 'resync' };
        if (message.type === 'resync') return refetch();
        setLive((now) => receive(now, message));
        if (message.type === 'agent_streaming' || message.seq <= position.current) return;
        position.current = message.seq;
        useConnection.getState().set({ lastSeq: message.seq });
        refetch();
      },
    });
    return () => { stop(); later.stop(); };
  }, [client, id, runId, final]);

  const run = useMemo(() => (fetched ? fold(fetched, live) : undefined), [fetched, live]);
  return { ...query, run, streams: live.streams };
}
