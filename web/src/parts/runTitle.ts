// What a run is called: a pipeline's title in the reader's language, else the run's own.
import { useQuery } from '@tanstack/react-query';
import { queries } from '@/api/queries';
import type { RunSummary } from '@/api/types';
import { usePick } from '@/words';

export function useRunTitle(): (run: RunSummary) => string {
  const pick = usePick();
  const pipelines = useQuery({ ...queries.pipelines(), staleTime: 300_000 });
  return (run) => {
    const pipeline = run.request === null ? pipelines.data?.find((each) => each.name === run.name) : undefined;
    return pick(pipeline?.title) || pick(run.title) || run.name;
  };
}
