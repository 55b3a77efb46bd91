// After the decision: who, when, how, and why.
import { CircleCheck, CircleX } from 'lucide-react';
import type { Approval } from '@/api/types';
import { ApprovalMark } from '@/parts/Status';
import { useWho } from '@/parts/who';
import { useT, type PlainKey } from '@/words';
import { absolute } from '@/words/format';
import { useLang } from '@/words/lang';

const channels: Record<string, PlainKey> = { web: 'channel.web', cli: 'channel.cli', api: 'channel.api', system: 'channel.system' };

export function DecidedNote({ approval }: { approval: Approval }) {
  const t = useT();
  const who = useWho();
  const lang = useLang();
  const channel = channels[approval.decided?.channel ?? ''];
  const good = approval.status === 'approved' || approval.status === 'approved_with_edits';
  const Icon = good ? CircleCheck : CircleX;
  return (
    <div role="status" className={`mt-4 flex items-start gap-2.5 rounded-lg px-3.5 py-2.5 ${good ? 'bg-ok-wash' : 'bg-sunk'}`}>
      <Icon size={17} className={`mt-0.5 shrink-0 ${good ? 'text-ok' : 'text-mute'}`} aria-hidden />
      <div>
        <p className="font-medium"><ApprovalMark status={approval.status} className="[&>svg]:hidden" />{approval.decided ? <> · {who(approval.decided.by)}</> : null}</p>
        {approval.decided ? <p className="text-sm text-mute">{absolute(approval.decided.at, lang)} · {channel ? t(channel) : approval.decided.channel}</p> : null}
        {approval.decided?.reason ? <p className="mt-0.5 text-soft">“{approval.decided.reason}”</p> : null}
      </div>
    </div>
  );
}
