// When a page itself breaks: says so and offers to load it again; the shell stays.
import { Page } from '@/parts/Page';
import { ProblemNote } from '@/parts/States';
import { useT } from '@/words';

export function PageFault({ error, reset }: { error: unknown; reset: () => void }) {
  const t = useT();
  return <Page title={t('problem.page')}><ProblemNote error={error} onRetry={reset} /></Page>;
}
