// Draws only those rows of a long list that are near the screen; the others are room above and below. Rows are
// as high as `height` says, but one that is open may be higher and is measured.
import { useEffect, useLayoutEffect, useRef, useState, type RefObject } from 'react';

export interface Shown { from: number; to: number; above: number; below: number }

/** Shorter lists are drawn whole. */
export const WHOLE_MAX = 150;
const BEYOND = 12;

/** Which of `count` rows lie between `top` and `bottom`, in pixels from the list's own top. */
export function windowOf(count: number, height: number, top: number, bottom: number, open: number, extra: number): Shown {
  if (count <= WHOLE_MAX) return { from: 0, to: count, above: 0, below: 0 };
  const at = (offset: number): number => {
    const openTop = open >= 0 ? open * height : Infinity;
    if (offset < openTop + height) return Math.floor(offset / height);
    return offset < openTop + height + extra ? open : Math.floor((offset - extra) / height);
  };
  const from = Math.min(Math.max(0, count - 1), Math.max(0, at(top) - BEYOND));
  const to = Math.min(count, Math.max(from, at(bottom)) + 1 + BEYOND);
  const before = from * height + (open >= 0 && open < from ? extra : 0);
  const after = (count - to) * height + (open >= to ? extra : 0);
  return { from, to, above: before, below: after };
}

/** The window of a list within `main`, which scrolls. `open` is the place of the open row, or -1. */
export function useWindow(count: number, height: number, open: number, openId: string | undefined): { list: RefObject<HTMLOListElement | null>; shown: Shown } {
  const list = useRef<HTMLOListElement>(null);
  const [extra, setExtra] = useState(0);
  const [span, setSpan] = useState({ top: 0, bottom: 1200 });
  const long = count > WHOLE_MAX;
  useEffect(() => {
    const main = document.getElementById('main');
    if (!long || !main) return;
    let asked = 0;
    const look = () => {
      asked = 0;
      const box = list.current;
      if (!box) return;
      const top = main.getBoundingClientRect().top - box.getBoundingClientRect().top;
      const step = height * (BEYOND / 2);
      // Moves in steps, so that most frames of a scroll draw nothing anew.
      const next = { top: Math.floor(Math.max(0, top) / step) * step, bottom: Math.ceil(Math.max(0, top + main.clientHeight) / step) * step };
      setSpan((now) => (now.top === next.top && now.bottom === next.bottom ? now : next));
    };
    const soon = () => { asked ||= requestAnimationFrame(look); };
    look();
    main.addEventListener('scroll', soon, { passive: true });
    addEventListener('resize', soon);
    return () => { cancelAnimationFrame(asked); main.removeEventListener('scroll', soon); removeEventListener('resize', soon); };
  }, [long, height]);
  useLayoutEffect(() => {
    if (!long || !openId) { setExtra(0); return; }
    const row = document.getElementById(`step-${openId}`);
    if (!row) return;
    const measure = () => setExtra(Math.max(0, row.getBoundingClientRect().height - height));
    measure();
    const watch = new ResizeObserver(measure);
    watch.observe(row);
    return () => watch.disconnect();
  }, [long, openId, height, open]);
  return { list, shown: windowOf(count, height, span.top, span.bottom, open, extra) };
}
