// Why a person is asked, in the reader's words: the kinds of personal data by name, not by key.
import type { Approval } from '@/api/types';
import { usePick, useT } from '@/words';
import { usePiiWord } from '@/words/pii';

export function useReasons(): (approval: Approval) => string[] {
  const t = useT();
  const pick = usePick();
  const word = usePiiWord();
  return ({ verdict }) => {
    const kinds = [...new Set((verdict.pii ?? []).map((mark) => mark.kind))];
    if (verdict.rule === 'pii.external_send' && kinds.length > 0) return [t('approval.why.pii', { kinds: kinds.map(word).join(', ') })];
    return (verdict.reasons ?? []).map(pick);
  };
}
