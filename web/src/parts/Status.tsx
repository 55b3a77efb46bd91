// Status and risk as icon + word + colour, never colour alone. Words come from the one list.
import {
  Ban, CircleAlert, CircleCheck, CircleDashed, CircleDot, CircleHelp, CirclePause, CircleX, Clock, Coins, CornerDownRight,
  Eye, LoaderCircle, MessageSquareMore, Pencil, RotateCw, SendHorizontal, Trash2, type LucideIcon, Hourglass, UserRound,
} from 'lucide-react';
import { approvalStatus, risk as risks, runStatus, stepStatus, waitingFor, type ApprovalStatus, type Risk, type RunStatus, type StepStatus, type WaitingFor } from '@/generated/words';
import { useT } from '@/words';
import { useLang } from '@/words/lang';
import { cx } from './cx';

type Tone = 'mute' | 'live' | 'warn' | 'ok' | 'bad';

const tones: Record<Tone, string> = { mute: 'text-mute', live: 'text-link', warn: 'text-warn', ok: 'text-ok', bad: 'text-bad' };

const runLook: Record<RunStatus, [LucideIcon, Tone]> = {
  queued: [CircleDashed, 'mute'], running: [LoaderCircle, 'live'], waiting: [CirclePause, 'warn'],
  completed: [CircleCheck, 'ok'], failed: [CircleX, 'bad'], cancelled: [Ban, 'mute'],
};
const waitLook: Record<WaitingFor, [LucideIcon, Tone]> = {
  approval: [UserRound, 'warn'], input: [MessageSquareMore, 'warn'], doubt: [CircleHelp, 'bad'], credits: [Coins, 'warn'],
  capacity: [Hourglass, 'mute'], message: [Clock, 'mute'], child: [CornerDownRight, 'mute'], timer: [Clock, 'mute'], paused: [CirclePause, 'mute'],
};
const retryLook: [LucideIcon, Tone] = [RotateCw, 'warn'];
const stepLook: Record<StepStatus, [LucideIcon, Tone]> = {
  pending: [CircleDashed, 'mute'], ready: [CircleDot, 'mute'], running: [LoaderCircle, 'live'], waiting: [CirclePause, 'warn'],
  succeeded: [CircleCheck, 'ok'], failed: [CircleX, 'bad'], skipped: [CornerDownRight, 'mute'], cancelled: [Ban, 'mute'], in_doubt: [CircleHelp, 'bad'],
};
const approvalLook: Record<ApprovalStatus, [LucideIcon, Tone]> = {
  pending: [UserRound, 'warn'], approved: [CircleCheck, 'ok'], approved_with_edits: [CircleCheck, 'ok'],
  rejected: [CircleX, 'bad'], expired: [Hourglass, 'mute'], void: [Ban, 'mute'],
};

interface MarkProps { icon: LucideIcon; tone: Tone; word: string; bare?: boolean | undefined; className?: string | undefined }

function Mark({ icon: Icon, tone, word, bare, className }: MarkProps) {
  return (
    <span className={cx('inline-flex items-center gap-1.5 whitespace-nowrap', tones[tone], className)}>
      <Icon size={16} strokeWidth={2.1} className={cx('shrink-0', Icon === LoaderCircle && 'animate-turn')} aria-hidden={!bare} aria-label={bare ? word : undefined} role={bare ? 'img' : undefined} />
      {bare ? null : <span className="text-sm font-medium">{word}</span>}
    </span>
  );
}

interface Shown { bare?: boolean; className?: string; /** It waits for its next attempt, not for a time of its own. */ retries?: boolean }

const fallback: [LucideIcon, Tone] = [CircleAlert, 'mute'];

export function RunMark({ status, waiting, retries = false, ...rest }: { status: RunStatus; waiting: WaitingFor | null } & Shown) {
  const lang = useLang();
  const useWait = status === 'waiting' && waiting !== null && waiting in waitingFor;
  const t = useT();
  const again = retries && waiting === 'timer';
  const [icon, tone] = again ? retryLook : (useWait ? waitLook[waiting] : runLook[status]) ?? fallback;
  const word = again ? t('status.retrying') : useWait ? waitingFor[waiting][lang] : (runStatus[status]?.[lang] ?? status);
  return <Mark icon={icon} tone={tone} word={word} {...rest} />;
}

export function StepMark({ status, waiting, retries = false, ...rest }: { status: StepStatus; waiting: WaitingFor | null } & Shown) {
  const lang = useLang();
  const useWait = status === 'waiting' && waiting !== null && waiting in waitingFor;
  const t = useT();
  const again = retries && waiting === 'timer';
  const [icon, tone] = again ? retryLook : (useWait ? waitLook[waiting] : stepLook[status]) ?? fallback;
  const word = again ? t('status.retrying') : useWait ? waitingFor[waiting][lang] : (stepStatus[status]?.[lang] ?? status);
  return <Mark icon={icon} tone={tone} word={word} {...rest} />;
}

export function ApprovalMark({ status, ...rest }: { status: ApprovalStatus } & Shown) {
  const lang = useLang();
  const [icon, tone] = approvalLook[status] ?? fallback;
  return <Mark icon={icon} tone={tone} word={approvalStatus[status]?.[lang] ?? status} {...rest} />;
}

const riskLook: Record<Risk, [LucideIcon, string]> = {
  read: [Eye, 'bg-sunk text-soft'],
  write: [Pencil, 'bg-accent-wash text-link'],
  destructive: [Trash2, 'bg-bad-wash text-bad'],
  financial: [Coins, 'bg-bad-wash text-bad'],
  external_send: [SendHorizontal, 'bg-warn-wash text-warn'],
};

export function RiskChip({ risk }: { risk: Risk }) {
  const lang = useLang();
  const [Icon, look] = riskLook[risk] ?? [CircleAlert, 'bg-sunk text-soft'];
  return (
    <span className={cx('inline-flex h-5.5 items-center gap-1 rounded-full px-2 text-xs font-medium whitespace-nowrap ring-1 ring-current/12 ring-inset', look)}>
      <Icon size={12} strokeWidth={2.2} aria-hidden />
      {risks[risk]?.[lang] ?? risk}
    </span>
  );
}

export const RiskChips = ({ risk }: { risk: Risk[] }) => (risk.length === 0 ? null : (
  <span className="inline-flex flex-wrap gap-1">{risk.map((r) => <RiskChip key={r} risk={r} />)}</span>
));

/** Destructive, financial or outward actions ask for a deliberate press. */
export const isHighRisk = (risk: Risk[]): boolean => risk.some((r) => r === 'destructive' || r === 'financial' || r === 'external_send');
