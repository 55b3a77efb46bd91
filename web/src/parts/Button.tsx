// The one button, in four weights. While busy it can't be pressed twice.
import { LoaderCircle, type LucideIcon } from 'lucide-react';
import type { ButtonHTMLAttributes, ReactNode, Ref } from 'react';
import { cx } from './cx';

export type ButtonLook = 'primary' | 'plain' | 'quiet' | 'danger';

const looks: Record<ButtonLook, string> = {
  primary: 'bg-accent text-on-accent hover:bg-accent-hover disabled:hover:bg-accent',
  plain: 'bg-card text-ink border border-edge hover:bg-hover shadow-card',
  quiet: 'text-soft hover:bg-hover hover:text-ink',
  danger: 'bg-card text-bad border border-edge hover:bg-bad-wash shadow-card',
};

interface Props extends ButtonHTMLAttributes<HTMLButtonElement> {
  look?: ButtonLook;
  icon?: LucideIcon;
  busy?: boolean;
  small?: boolean;
  children?: ReactNode;
  ref?: Ref<HTMLButtonElement>;
}

export function buttonClass(look: ButtonLook = 'plain', small = false): string {
  return cx(
    'inline-flex shrink-0 items-center justify-center gap-1.5 rounded-md font-medium whitespace-nowrap transition-colors select-none',
    'disabled:opacity-55 aria-disabled:opacity-55',
    small ? 'h-7 px-2.5 text-sm' : 'h-9 px-3.5 text-base max-md:h-10',
    looks[look],
  );
}

export function Button({ look = 'plain', icon: Icon, busy = false, small = false, children, className, disabled, type = 'button', ...rest }: Props) {
  const size = small ? 14 : 16;
  return (
    <button type={type} className={cx(buttonClass(look, small), className)} disabled={disabled || busy} aria-busy={busy || undefined} {...rest}>
      {busy ? <LoaderCircle size={size} className="animate-turn" aria-hidden /> : Icon ? <Icon size={size} aria-hidden /> : null}
      {children}
    </button>
  );
}

/** A square button that shows only an icon; its name is spoken and shown on hover. */
export function IconButton({ icon: Icon, label, className, type = 'button', ...rest }: Omit<Props, 'children' | 'look' | 'busy' | 'small'> & { icon: LucideIcon; label: string }) {
  return (
    <button type={type} title={label} aria-label={label} className={cx('inline-flex size-9 shrink-0 items-center justify-center rounded-md text-soft transition-colors hover:bg-hover hover:text-ink disabled:opacity-55', className)} {...rest}>
      <Icon size={17} aria-hidden />
    </button>
  );
}
