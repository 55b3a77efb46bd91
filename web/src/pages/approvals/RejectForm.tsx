// Rejecting, with a reason that the next plan can heed.
import { X } from 'lucide-react';
import { useId, useState } from 'react';
import { Button } from '@/parts/Button';
import { inputClass } from '@/parts/Field';
import { useT } from '@/words';

export function RejectForm({ busy, onReject, onCancel }: { busy: boolean; onReject: (reason: string) => void; onCancel: () => void }) {
  const t = useT();
  const id = useId();
  const [reason, setReason] = useState('');
  return (
    <form className="mt-4 border-t border-line pt-4" onSubmit={(event) => { event.preventDefault(); onReject(reason.trim()); }}>
      <label htmlFor={id} className="text-sm font-medium">{t('approval.reason')}</label>
      <textarea id={id} autoFocus rows={2} maxLength={2000} className={`${inputClass} mt-1`} placeholder={t('approval.reason.example')} value={reason} onChange={(event) => setReason(event.target.value)} />
      <div className="mt-3 flex gap-2">
        <Button look="danger" type="submit" icon={X} busy={busy}>{t('approval.reject')}</Button>
        <Button look="quiet" onClick={onCancel} disabled={busy}>{t('action.cancel')}</Button>
      </div>
    </form>
  );
}
