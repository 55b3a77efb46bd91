// A small label: mode, model, service.
import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { cx } from './cx';

const tones = {
  mute: 'bg-sunk text-soft', teal: 'bg-teal-wash text-teal', violet: 'bg-violet-wash text-violet',
  warn: 'bg-warn-wash text-warn', bad: 'bg-bad-wash text-bad', ok: 'bg-ok-wash text-ok', accent: 'bg-accent-wash text-link',
} as const;

export function Chip({ tone = 'mute', icon: Icon, children, title }: { tone?: keyof typeof tones; icon?: LucideIcon; children: ReactNode; title?: string }) {
  return (
    <span title={title} className={cx('inline-flex h-5.5 items-center gap-1 rounded-full px-2 text-xs font-medium whitespace-nowrap ring-1 ring-current/12 ring-inset', tones[tone])}>
      {Icon ? <Icon size={12} strokeWidth={2.2} aria-hidden /> : null}
      {children}
    </span>
  );
}
