// The box to ask in. Enter plans, Shift+Enter breaks the line, a composing Enter does neither.
import { ArrowUp } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { Button } from '@/parts/Button';
import { submits } from '@/parts/ime';
import { useT } from '@/words';

interface Props { text: string; onText: (text: string) => void; onAsk: () => void; busy: boolean }

export function AskBox({ text, onText, onAsk, busy }: Props) {
  const t = useT();
  const box = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    const area = box.current;
    if (!area) return;
    area.style.height = 'auto';
    area.style.height = `${Math.min(area.scrollHeight, 240)}px`;
  }, [text]);
  useEffect(() => { if (matchMedia('(hover: hover)').matches) box.current?.focus({ preventScroll: true }); }, []);
  const ready = text.trim() !== '' && !busy;
  return (
    <form
      onSubmit={(event) => { event.preventDefault(); if (ready) onAsk(); }}
      className="rounded-xl border border-field bg-card shadow-card focus-within:border-accent focus-within:ring-3 focus-within:ring-accent-wash"
    >
      <label htmlFor="ask" className="sr-only">{t('home.ask.label')}</label>
      <textarea
        id="ask"
        ref={box}
        rows={2}
        maxLength={8000}
        className="block w-full resize-none bg-transparent px-4 pt-3.5 pb-1 text-md outline-none"
        placeholder={t('home.ask.placeholder')}
        value={text}
        onChange={(event) => onText(event.target.value)}
        onKeyDown={(event) => { if (submits(event)) { event.preventDefault(); if (ready) onAsk(); } }}
      />
      <div className="flex items-center gap-3 px-2.5 pb-2.5">
        <span className="flex-1 pl-1.5 text-xs text-mute max-sm:invisible">{t('home.ask.keys')}</span>
        <Button look="primary" type="submit" icon={ArrowUp} busy={busy} disabled={!ready}>{busy ? t('home.planning') : t('home.plan')}</Button>
      </div>
    </form>
  );
}
