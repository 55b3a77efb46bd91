// A button that opens a short list of further doings. Arrows move in it, Escape closes it and gives focus back.
import { Ellipsis, type LucideIcon } from 'lucide-react';
import { useEffect, useId, useRef, useState, type KeyboardEvent } from 'react';
import { IconButton } from './Button';
import { cx } from './cx';

export interface MenuItem { word: string; icon: LucideIcon; onGo: () => void; off?: boolean }

export function Menu({ label, items }: { label: string; items: MenuItem[] }) {
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const id = useId();
  const button = () => box.current?.querySelector<HTMLElement>('button[aria-haspopup]');
  const entries = () => [...(box.current?.querySelectorAll<HTMLElement>('[role=menuitem]:not(:disabled)') ?? [])];
  useEffect(() => {
    if (!open) return;
    entries()[0]?.focus();
    const outside = (event: PointerEvent) => { if (!box.current?.contains(event.target as Node)) setOpen(false); };
    addEventListener('pointerdown', outside);
    return () => removeEventListener('pointerdown', outside);
  }, [open]);
  const close = () => { setOpen(false); button()?.focus(); };
  const keys = (event: KeyboardEvent) => {
    const all = entries();
    const at = all.indexOf(document.activeElement as HTMLElement);
    const to = event.key === 'ArrowDown' ? (at + 1) % all.length : event.key === 'ArrowUp' ? (at - 1 + all.length) % all.length : event.key === 'Home' ? 0 : event.key === 'End' ? all.length - 1 : null;
    if (to !== null) { event.preventDefault(); all[to]?.focus(); }
    if (event.key === 'Escape') { event.preventDefault(); event.stopPropagation(); close(); }
    if (event.key === 'Tab') setOpen(false);
  };
  return (
    <div ref={box} className="relative">
      <IconButton icon={Ellipsis} label={label} aria-haspopup="menu" aria-expanded={open} aria-controls={open ? id : undefined} className="border border-edge bg-card shadow-card max-md:size-10" onClick={() => setOpen(!open)} />
      {open ? (
        <div id={id} role="menu" aria-label={label} tabIndex={-1} onKeyDown={keys} className="absolute right-0 z-30 mt-1 min-w-56 rounded-lg border border-line bg-card p-1 shadow-lift max-md:right-auto max-md:left-0">
          {items.map(({ word, icon: Icon, onGo, off }) => (
            <button key={word} type="button" role="menuitem" disabled={off} onClick={() => { close(); onGo(); }} className={cx('flex w-full items-center gap-2.5 rounded-md px-2.5 py-1.5 text-left text-base text-ink hover:bg-hover focus-visible:-outline-offset-2 disabled:opacity-50')}>
              <Icon size={16} className="shrink-0 text-mute" aria-hidden />{word}
            </button>
          ))}
        </div>
      ) : null}
    </div>
  );
}
