// Which models stand behind a name, in the order in which they are asked.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { ArrowUp } from 'lucide-react';
import { useState } from 'react';
import { call } from '@/api/client';
import { upkeep, type ModelSettings } from '@/api/upkeep';
import { Button, IconButton } from '@/parts/Button';
import { Dialog } from '@/parts/Dialog';
import { ProblemNote } from '@/parts/States';
import { useT } from '@/words';

export function AliasDialog({ name, settings, onClose }: { name: string; settings: ModelSettings; onClose: () => void }) {
  const t = useT();
  const client = useQueryClient();
  const [order, setOrder] = useState(settings.aliases[name] ?? []);
  const rest = Object.keys(settings.models).filter((each) => !order.includes(each)).sort();
  const save = useMutation({
    mutationFn: () => {
      const { [name]: _old, ...aliases } = settings.aliases;
      return call<ModelSettings>('/v1/model-settings', { method: 'PUT', body: { ...settings, aliases: order.length > 0 ? { ...aliases, [name]: order } : aliases } });
    },
    onSuccess: (next) => { client.setQueryData(upkeep.models().queryKey, next); onClose(); },
  });
  return (
    <Dialog open title={t('models.names.of', { name })} onClose={onClose} onGo={() => save.mutate()} footer={<><Button look="quiet" onClick={onClose}>{t('action.cancel')}</Button><Button look="primary" busy={save.isPending} onClick={() => save.mutate()}>{t('policy.save')}</Button></>}>
      <p className="mb-3 text-soft">{t('models.names.lead')}</p>
      <ul className="divide-y divide-line rounded-lg border border-line">
        {[...order, ...rest].map((model) => {
          const at = order.indexOf(model);
          return (
            <li key={model} className="flex items-center gap-2 px-3 py-1">
              <label className="flex min-w-0 flex-1 items-center gap-2.5 py-1.5"><input type="checkbox" className="size-4 accent-accent" checked={at >= 0} onChange={() => setOrder(at >= 0 ? order.filter((each) => each !== model) : [...order, model])} /><span className="truncate">{model}</span>{at >= 0 ? <span className="text-sm text-mute">{at + 1}</span> : null}</label>
              {at > 0 ? <IconButton icon={ArrowUp} label={t('models.names.sooner', { name: model })} onClick={() => setOrder(order.map((each, i) => (i === at - 1 ? model : i === at ? order[at - 1] ?? each : each)))} /> : null}
            </li>
          );
        })}
      </ul>
      {save.isError ? <ProblemNote error={save.error} className="mt-3" /> : null}
    </Dialog>
  );
}
