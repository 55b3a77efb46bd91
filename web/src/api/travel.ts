// Going back over a run, and what one approval of its plan would cover: shapes and questions.
// Only the pages that need them load this.
import { queryOptions } from '@tanstack/react-query';
import { ApiError, call, getToken } from './client';
import { getLang } from '@/words/lang';
import { enc } from './queries';
import type { Json, Pipeline, Problem } from './types';

export interface Envelope {
  run: string;
  workflow: string;
  tools: string[];
  recipients: string[];
  amount_micros?: number | null;
  calls: number;
  exact: string[];
  /** Microseconds since 1970. */
  until: number;
}
export interface ProposedEnvelope { envelope: Envelope; digest: string; open: string[] }

export interface Migration {
  workflow: string;
  version: number;
  to: string;
  dry_run: boolean;
  moved: number;
  runs: { run: string; from: string; blockers: { step: string; message: string }[] }[];
}

export interface WholePipeline extends Pipeline { definition: { [key: string]: Json } }

export const travel = {
  envelope: (run: string) => queryOptions({ queryKey: ['envelope', run], queryFn: ({ signal }) => call<ProposedEnvelope>(`/v1/runs/${enc(run)}/envelope`, { signal }), staleTime: 0, retry: false }),
  pipeline: (name: string) => queryOptions({ queryKey: ['pipeline', name], queryFn: ({ signal }) => call<WholePipeline>(`/v1/workflows/${enc(name)}`, { signal }), staleTime: 0 }),
};

/** Fetches a file with the same sign-in as every call and hands it to the browser to keep. */
export async function download(path: string, name: string): Promise<void> {
  const token = getToken();
  const response = await fetch(path, { credentials: 'same-origin', headers: { 'Accept-Language': getLang(), ...(token ? { Authorization: `Bearer ${token}` } : {}) } });
  if (!response.ok) {
    const problem = await response.json().catch(() => null) as Problem | null;
    throw new ApiError(problem ?? { title: '', status: response.status });
  }
  save(await response.blob(), name);
}

/** Hands bytes made here to the browser to keep. */
export function save(bytes: Blob, name: string): void {
  const url = URL.createObjectURL(bytes);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
