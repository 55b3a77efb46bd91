// The rows of a long list that are drawn, and the room of those that are not.
import { describe, expect, it } from 'vitest';
import { WHOLE_MAX, windowOf } from '@/parts/window';

const H = 58;

describe('a window over rows', () => {
  it('leaves short lists whole', () => expect(windowOf(WHOLE_MAX, H, 4000, 5000, -1, 0)).toEqual({ from: 0, to: WHOLE_MAX, above: 0, below: 0 }));
  it('draws what is seen and a little beyond', () => {
    const shown = windowOf(10_000, H, 1000 * H, 1000 * H + 800, -1, 0);
    expect(shown.from).toBeLessThanOrEqual(1000);
    expect(shown.to).toBeGreaterThan(1014);
    expect(shown.to - shown.from).toBeLessThan(50);
  });
  it('keeps the list as high as all its rows, wherever one looks', () => {
    for (const top of [0, 77, 5_000, 200_000, 579_000, 900_000]) {
      for (const [open, extra] of [[-1, 0], [0, 300], [90, 700], [9_999, 120]] as const) {
        const { from, to, above, below } = windowOf(10_000, H, top, top + 900, open, extra);
        const drawn = (to - from) * H + (open >= from && open < to ? extra : 0);
        expect(above + drawn + below).toBe(10_000 * H + (open >= 0 ? extra : 0));
        expect(from).toBeGreaterThanOrEqual(0);
        expect(to).toBeLessThanOrEqual(10_000);
      }
    }
  });
  it('looks past an open row by its own height', () => expect(windowOf(1_000, H, 100 * H + 500, 100 * H + 1300, 50, 500).from).toBeLessThanOrEqual(100));
});
