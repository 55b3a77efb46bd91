// A modal on the browser's own <dialog>: focus is kept in, Escape closes, focus returns; where it
// leads on, Ctrl+Enter does, too.
import { X } from 'lucide-react';
import { useEffect, useId, useRef, type ReactNode } from 'react';
import { useT } from '@/words';
import { IconButton } from './Button';
import { isComposing } from './ime';

export function Dialog({ open, title, onClose, onGo, children, footer }: { open: boolean; title: string; onClose: () => void; onGo?: () => void; children: ReactNode; footer?: ReactNode }) {
  const ref = useRef<HTMLDialogElement>(null);
  const heading = useId();
  const t = useT();
  useEffect(() => {
    const dialog = ref.current;
    if (!dialog) return;
    if (open && !dialog.open) {
      dialog.showModal();
      // The first field, or the dialog itself; never the button that closes it.
      const fields = [...dialog.querySelectorAll<HTMLElement>('input:not([type=hidden]), select, textarea')];
      (fields.find((field) => field.checkVisibility?.() ?? true) ?? dialog).focus();
    }
    if (!open && dialog.open) dialog.close();
  }, [open]);
  if (!open) return null;
  return (
    <dialog
      ref={ref}
      aria-labelledby={heading}
      tabIndex={-1}
      onClose={onClose}
      onKeyDown={onGo ? (event) => { if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && !isComposing(event)) { event.preventDefault(); onGo(); } } : undefined}
      onClick={(event) => { if (event.target === ref.current) onClose(); }}
      className="w-[min(560px,calc(100vw-24px))] max-h-[calc(100dvh-24px)] overflow-hidden rounded-xl border border-line bg-card p-0 text-ink shadow-lift outline-none max-md:mb-3"
    >
      <div className="flex max-h-[calc(100dvh-26px)] flex-col">
        <header className="flex items-center gap-2 border-b border-line py-2.5 pr-2.5 pl-5">
          <h2 id={heading} className="flex-1 text-md font-semibold">{title}</h2>
          <IconButton icon={X} label={t('action.close')} onClick={onClose} />
        </header>
        <div className="overflow-y-auto px-5 py-4">{children}</div>
        {footer ? <footer className="flex flex-wrap justify-end gap-2 border-t border-line bg-sunk px-5 py-3">{footer}</footer> : null}
      </div>
    </dialog>
  );
}
