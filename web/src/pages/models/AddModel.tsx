// Adds a model: its address, its key (kept in the vault), the name that it is asked by; then it is asked for a
// word at once, so that a wrong key or name shows here and not in the middle of a run.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { PlugZap } from 'lucide-react';
import { useState } from 'react';
import { ApiError, call } from '@/api/client';
import { enc } from '@/api/queries';
import { microOf, upkeep, type ModelEntry, type ModelSettings, type ModelTrial } from '@/api/upkeep';
import { Button } from '@/parts/Button';
import { Dialog } from '@/parts/Dialog';
import { Field, inputClass } from '@/parts/Field';
import { ProblemNote, Skeleton } from '@/parts/States';
import { useT } from '@/words';
import { ownNames, Trial } from './ModelsPage';

const providers = {
  anthropic: { url: 'https://api.anthropic.com/v1', model: 'claude-haiku-4-5', word: 'Anthropic' },
  openai: { url: 'https://api.openai.com/v1', model: 'gpt-5-mini', word: 'OpenAI' },
  gemini: { url: 'https://generativelanguage.googleapis.com/v1beta', model: 'gemini-2.5-flash', word: 'Google Gemini' },
  local: { url: 'http://127.0.0.1:11434/v1', model: 'qwen2.5:7b', word: 'Ollama, llama.cpp, vLLM' },
} as const;
type Provider = keyof typeof providers;
const protocols = ['openai', 'openai-compatible', 'openai-plain', 'openai-responses', 'anthropic', 'gemini'];

export function AddModel({ settings, onClose }: { settings: ModelSettings; onClose: () => void }) {
  const t = useT();
  const client = useQueryClient();
  const secrets = useQuery({ ...upkeep.secrets(), retry: false });
  const [provider, setProvider] = useState<Provider>('anthropic');
  const [name, setName] = useState(() => ['main', 'second', 'third', 'local'].find((each) => !(each in settings.models)) ?? '');
  const [url, setUrl] = useState<string>(providers.anthropic.url);
  const [model, setModel] = useState<string>(providers.anthropic.model);
  const [key, setKey] = useState('');
  const [secret, setSecret] = useState('');
  const [protocol, setProtocol] = useState('');
  const [prices, setPrices] = useState({ input: '', output: '' });
  const [concurrent, setConcurrent] = useState('');
  const [house, setHouse] = useState(Object.keys(settings.models).length === 0);
  const [asked, setAsked] = useState(false);
  const choose = (next: Provider) => { setProvider(next); setUrl(providers[next].url); setModel(providers[next].model); };

  const price = prices.input.trim() || prices.output.trim() ? { input: microOf(prices.input), output: microOf(prices.output) } : null;
  const priceFault = price && (price.input === null || price.output === null) ? t('models.price.fault') : undefined;
  const lane = concurrent.trim() === '' ? null : Number(concurrent);
  const laneFault = lane !== null && !(Number.isInteger(lane) && lane >= 1 && lane <= 10_000) ? t('models.lane.fault') : undefined;
  const taken = name.trim() in settings.models;
  const add = useMutation({
    mutationFn: async () => {
      const called = name.trim();
      let vaulted = secret;
      if (key) {
        vaulted = `model_${called.replaceAll(/[^a-z0-9_]/g, '_')}`;
        await call<unknown>(`/v1/secrets/${enc(vaulted)}`, { method: 'PUT', body: { value: key } });
      }
      const entry: ModelEntry = {
        base_url: url.trim(), model: model.trim(), ...(protocol ? { protocol } : {}), ...(vaulted ? { secret: vaulted } : {}),
        ...(price && price.input !== null && price.output !== null ? { price: { input: price.input, output: price.output } } : {}), ...(lane !== null ? { limits: { concurrent_max: lane } } : {}),
      };
      const aliases = house ? { ...settings.aliases, ...Object.fromEntries(ownNames.map((own) => [own, [called, ...(settings.aliases[own] ?? []).filter((each) => each !== called)]])) } : settings.aliases;
      const next = await call<ModelSettings>('/v1/model-settings', { method: 'PUT', body: { models: { ...settings.models, [called]: entry }, aliases } });
      client.setQueryData(upkeep.models().queryKey, next);
      void client.invalidateQueries({ queryKey: ['secrets'] });
      return call<ModelTrial>(`/v1/model-settings/${enc(called)}/test`, { method: 'POST', body: {} });
    },
    onSuccess: () => { setKey(''); void client.invalidateQueries({ queryKey: ['models'] }); void client.invalidateQueries({ queryKey: ['status'] }); },
  });
  const needed = [name, url, model].every((each) => each.trim() !== '');
  const go = () => { setAsked(true); if (needed && !taken && !priceFault && !laneFault && !add.isPending) add.mutate(); };
  const faultAt = (field: string) => (add.error instanceof ApiError ? add.error.problem.errors?.find((each) => each.pointer.endsWith(field))?.message : undefined);
  const must = (text: string) => (asked && text.trim() === '' ? t('form.required') : undefined);
  const done = add.isSuccess;
  return (
    <Dialog open title={t('models.add')} onClose={onClose} onGo={done ? onClose : go} footer={done ? <Button look="primary" onClick={onClose}>{t('action.close')}</Button> : <><Button look="quiet" onClick={onClose}>{t('action.cancel')}</Button><Button look="primary" icon={PlugZap} busy={add.isPending} onClick={go}>{t('models.add.go')}</Button></>}>
      {done ? <><p className="font-semibold">{t('models.added', { name })}</p><Trial trial={add.data} />{add.data.ok ? null : <p className="mt-3 text-sm text-soft">{t('models.added.failed')}</p>}</> : (
        <form className="flex flex-col gap-4" onSubmit={(event) => { event.preventDefault(); go(); }}>
          <div role="group" aria-label={t('models.provider')} className="flex flex-wrap gap-1.5">
            {(Object.keys(providers) as Provider[]).map((each) => <button key={each} type="button" aria-pressed={provider === each} onClick={() => choose(each)} className="h-8 rounded-full border border-edge px-3 text-sm text-soft hover:bg-hover aria-pressed:border-accent aria-pressed:bg-accent-wash aria-pressed:font-semibold aria-pressed:text-link">{providers[each].word}</button>)}
          </div>
          <Field label={t('models.name')} hint={t('models.name.hint')} error={taken ? t('models.name.taken') : must(name) ?? faultAt(`/${name.trim()}`)} required>{(wiring) => <input {...wiring} className={inputClass} spellCheck={false} value={name} onChange={(event) => setName(event.target.value)} />}</Field>
          <Field label={t('models.url')} error={must(url) ?? faultAt('/base_url')} required>{(wiring) => <input {...wiring} className={inputClass} spellCheck={false} inputMode="url" value={url} onChange={(event) => setUrl(event.target.value)} />}</Field>
          <Field label={t('models.model')} hint={t('models.model.hint')} error={must(model)} required>{(wiring) => <input {...wiring} className={inputClass} spellCheck={false} value={model} onChange={(event) => setModel(event.target.value)} />}</Field>
          <Field label={t('models.key')} hint={provider === 'local' ? t('models.key.local') : t('connections.secret.hint')}>{(wiring) => <input {...wiring} type="password" autoComplete="new-password" className={inputClass} value={key} onChange={(event) => setKey(event.target.value)} />}</Field>
          {!key && secrets.data?.length ? <Field label={t('models.secret')}>{(wiring) => <select {...wiring} className={`${inputClass} h-9`} value={secret} onChange={(event) => setSecret(event.target.value)}><option value="">{t('models.secret.none')}</option>{secrets.data.map((each) => <option key={each.name} value={each.name}>{each.name}</option>)}</select>}</Field> : null}
          <label className="flex items-start gap-2 text-sm"><input type="checkbox" className="mt-0.5 size-4 accent-accent" checked={house} onChange={(event) => setHouse(event.target.checked)} />{t('models.house.use')}</label>
          <details className="rounded-lg border border-line px-4 py-2.5" open={!!priceFault || !!laneFault || undefined}>
            <summary className="text-sm font-medium text-soft">{t('models.more')}</summary>
            <div className="mt-3 grid gap-4 pb-1.5 sm:grid-cols-2">
              <Field label={t('models.protocol')}>{(wiring) => <select {...wiring} className={`${inputClass} h-9`} value={protocol} onChange={(event) => setProtocol(event.target.value)}><option value="">{t('models.protocol.auto')}</option>{protocols.map((each) => <option key={each}>{each}</option>)}</select>}</Field>
              <Field label={t('models.lane')} error={laneFault}>{(wiring) => <input {...wiring} className={inputClass} inputMode="numeric" placeholder="16" value={concurrent} onChange={(event) => setConcurrent(event.target.value)} />}</Field>
              <Field label={t('models.price.input')} error={priceFault}>{(wiring) => <input {...wiring} className={inputClass} inputMode="decimal" placeholder="0.15" value={prices.input} onChange={(event) => setPrices({ ...prices, input: event.target.value })} />}</Field>
              <Field label={t('models.price.output')}>{(wiring) => <input {...wiring} className={inputClass} inputMode="decimal" placeholder="0.60" value={prices.output} onChange={(event) => setPrices({ ...prices, output: event.target.value })} />}</Field>
            </div>
          </details>
          {add.isPending ? <Skeleton rows={1} /> : null}
          {add.isError ? <ProblemNote error={add.error} /> : null}
          <button type="submit" hidden />
        </form>
      )}
    </Dialog>
  );
}
