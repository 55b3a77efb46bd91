// The frame of a page: title, one line that answers "what is going on here?", actions, content.
import { useEffect, type ReactNode } from 'react';
import { cx } from './cx';

export function Page({ title, lead, actions, wide = false, quiet = false, children }: { title: string; lead?: ReactNode; actions?: ReactNode; wide?: boolean; /** On a phone the title is spoken only. */ quiet?: boolean; children: ReactNode }) {
  useEffect(() => { document.title = `${title} · metel`; }, [title]);
  return (
    <div className={cx('mx-auto w-full px-4 pt-6 pb-10 md:px-8', wide ? 'max-w-[1360px]' : 'max-w-[1080px]')}>
      <header className={cx(quiet && 'max-lg:sr-only', 'mb-5 flex flex-wrap items-end gap-x-4 gap-y-3')}>
        <div className="min-w-0 flex-1 basis-64">
          <h1 className="text-xl font-bold tracking-tight">{title}</h1>
          {lead ? <p className="mt-0.5 text-mute">{lead}</p> : null}
        </div>
        {actions ? <div className="flex flex-wrap gap-2">{actions}</div> : null}
      </header>
      {children}
    </div>
  );
}

export function Panel({ title, aside, children, className }: { title?: ReactNode; aside?: ReactNode; children: ReactNode; className?: string }) {
  return (
    <section className={cx('overflow-hidden rounded-lg border border-line bg-card shadow-card', className)}>
      {title ? (
        <header className="flex min-h-11 items-center gap-3 border-b border-line px-4 py-2">
          <h2 className="flex-1 text-base font-semibold">{title}</h2>
          {aside}
        </header>
      ) : null}
      {children}
    </section>
  );
}
