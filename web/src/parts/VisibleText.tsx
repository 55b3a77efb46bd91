// Text exactly as it is: hidden characters drawn as labelled marks, direction kept from leaking
// out, personal data marked in place.
import type { PiiMark } from '@/api/types';
import { useT, type Key } from '@/words';
import { reveal } from './hidden';
import { findMasked } from './pii';

export function VisibleText({ text, pii = [] }: { text: string; pii?: PiiMark[] }) {
  const spans = pii
    .map((mark) => ({ mark, span: findMasked(text, mark.masked) }))
    .filter((each): each is { mark: PiiMark; span: { start: number; end: number } } => each.span !== null)
    .sort((a, b) => a.span.start - b.span.start);
  const parts: { text: string; mark?: PiiMark }[] = [];
  let at = 0;
  for (const { mark, span } of spans) {
    if (span.start < at) continue;
    if (span.start > at) parts.push({ text: text.slice(at, span.start) });
    parts.push({ text: text.slice(span.start, span.end), mark });
    at = span.end;
  }
  if (at < text.length) parts.push({ text: text.slice(at) });
  return (
    <bdi dir="ltr" className="whitespace-pre-wrap">
      {parts.map((part, i) => part.mark
        ? <mark key={i} title={part.mark.kind} className="rounded-sm bg-warn-wash px-0.5 font-medium text-warn underline decoration-warn decoration-dotted underline-offset-3"><Revealed text={part.text} /></mark>
        : <Revealed key={i} text={part.text} />)}
    </bdi>
  );
}

function Revealed({ text }: { text: string }) {
  const t = useT();
  return reveal(text).map((piece, i) => piece.hidden
    ? (
      <span key={i} title={t(`hidden.${piece.hidden.kind}` as Key & `hidden.${typeof piece.hidden.kind}`)} className="mx-px inline-block rounded-sm border border-bad/40 bg-bad-wash px-1 align-baseline font-mono text-xs leading-4 text-bad">
        {piece.hidden.code}
      </span>
    )
    : <span key={i}>{piece.text}</span>);
}
