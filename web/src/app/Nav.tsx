// The side navigation, and its short form at the bottom of a phone.
import { Link } from '@tanstack/react-router';
import { Ellipsis } from 'lucide-react';
import { cx } from '@/parts/cx';
import { useT } from '@/words';
import { navGroups, type NavItem } from './nav';

const row = 'flex h-8 items-center gap-2.5 rounded-md px-2.5 text-base text-soft transition-colors hover:bg-hover hover:text-ink aria-[current=page]:bg-accent-wash aria-[current=page]:font-semibold aria-[current=page]:text-link';

export function NavList({ approvals, sandbox, onGo }: { approvals: number; sandbox: boolean; onGo?: () => void }) {
  const t = useT();
  return (
    <ul className="flex flex-col gap-3">
      {navGroups.map((group) => (
        <li key={group.word}>
          <p className="mb-1 px-2.5 text-xs font-medium text-mute">{t(group.word)}</p>
          <ul className="flex flex-col gap-px">
            {group.items.filter((item) => item.to !== '/sandbox' || sandbox).map((item) => (
              <li key={item.to}>
                <Link to={item.to} className={row} activeOptions={{ exact: item.to === '/', includeSearch: false }} onClick={onGo}>
                  <item.icon size={17} strokeWidth={1.9} className="shrink-0" aria-hidden />
                  <span className="flex-1">{t(item.word)}</span>
                  {item.to === '/approvals' ? <Count n={approvals} /> : null}
                </Link>
              </li>
            ))}
          </ul>
        </li>
      ))}
    </ul>
  );
}

function Count({ n }: { n: number }) {
  const t = useT();
  if (n === 0) return null;
  return <span className="min-w-5 rounded-full bg-warn-wash px-1.5 text-center text-xs leading-5 font-semibold text-warn" aria-label={t('approvals.count', { n })}>{n > 99 ? '99+' : n}</span>;
}

const phoneItems: NavItem[] = [navGroups[0]!.items[0]!, navGroups[0]!.items[1]!, navGroups[2]!.items[0]!, navGroups[1]!.items[0]!];

export function PhoneBar({ approvals, onMore }: { approvals: number; onMore: () => void }) {
  const t = useT();
  const cell = 'relative flex h-14 flex-1 flex-col items-center justify-center gap-0.5 text-xs text-mute aria-[current=page]:font-semibold aria-[current=page]:text-link';
  return (
    <nav aria-label={t('nav.label_phone')} className="flex border-t border-line bg-card pb-[env(safe-area-inset-bottom)] md:hidden">
      {phoneItems.map((item) => (
        <Link key={item.to} to={item.to} className={cell} activeOptions={{ exact: item.to === '/', includeSearch: false }}>
          <item.icon size={20} strokeWidth={1.9} aria-hidden />
          {t(item.word)}
          {item.to === '/approvals' && approvals > 0 ? <span className="absolute top-1.5 left-1/2 ml-1.5 min-w-4.5 rounded-full bg-warn-wash px-1 text-center text-xs leading-4.5 font-semibold text-warn">{approvals}</span> : null}
        </Link>
      ))}
      <button type="button" className={cx(cell, 'font-normal')} onClick={onMore}><Ellipsis size={20} aria-hidden />{t('nav.more')}</button>
    </nav>
  );
}
