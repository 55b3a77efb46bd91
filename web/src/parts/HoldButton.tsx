// A button for what can't be taken back: it acts after being held for a second, by pointer or key.
// Assistive technology that can only click presses it twice.
import { useEffect, useRef, useState } from 'react';
import type { LucideIcon } from 'lucide-react';
import { useT } from '@/words';
import { cx } from './cx';
import { isComposing } from './ime';

const HOLD_MS = 1000;

export function HoldButton({ label, icon: Icon, onConfirm, disabled = false, describedBy }: { label: string; icon?: LucideIcon; onConfirm: () => void; disabled?: boolean; describedBy?: string }) {
  const t = useT();
  const [holding, setHolding] = useState(false);
  const [armed, setArmed] = useState(false);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const byHand = useRef(false);

  const start = () => {
    if (disabled || timer.current !== undefined) return;
    byHand.current = true;
    setHolding(true);
    timer.current = setTimeout(() => { stop(); onConfirm(); }, HOLD_MS);
  };
  const stop = () => {
    clearTimeout(timer.current);
    timer.current = undefined;
    setHolding(false);
  };
  useEffect(() => () => clearTimeout(timer.current), []);

  return (
    <button
      type="button"
      disabled={disabled}
      aria-describedby={describedBy}
      onPointerDown={(event) => { if (event.button === 0) start(); }}
      onPointerUp={stop}
      onPointerLeave={stop}
      onPointerCancel={stop}
      onContextMenu={(event) => event.preventDefault()}
      onKeyDown={(event) => {
        if ((event.key === ' ' || event.key === 'Enter') && !isComposing(event)) { event.preventDefault(); if (!event.repeat) start(); }
      }}
      onKeyUp={(event) => { if (event.key === ' ' || event.key === 'Enter') { event.preventDefault(); stop(); } }}
      onBlur={() => { stop(); setArmed(false); }}
      onClick={() => {
        if (byHand.current) { byHand.current = false; return; }
        if (armed) onConfirm(); else setArmed(true);
      }}
      className="relative inline-flex h-9 shrink-0 touch-none items-center justify-center gap-1.5 overflow-hidden rounded-md bg-bad-solid px-3.5 text-base font-medium whitespace-nowrap text-on-bad select-none disabled:opacity-55 max-md:h-11"
    >
      <span aria-hidden className={cx('absolute inset-0 origin-left bg-scrim', holding ? 'scale-x-100 transition-transform duration-1000 ease-linear' : 'scale-x-0')} />
      {Icon ? <Icon size={16} className="relative" aria-hidden /> : null}
      <span className="relative">{armed ? t('hold.again', { label }) : holding ? t('hold.holding') : label}</span>
    </button>
  );
}
