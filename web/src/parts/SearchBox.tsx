// A search box that searches when typing pauses, never in the middle of a syllable.
import { Search } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { inputClass } from './Field';
import { isComposing } from './ime';

const PAUSE_MS = 250;

export function SearchBox({ id, label, value, onSearch }: { id: string; label: string; value: string; onSearch: (text: string) => void }) {
  const [typed, setTyped] = useState(value);
  const [composing, setComposing] = useState(false);
  const sent = useRef(value);
  useEffect(() => { if (value !== sent.current) { sent.current = value; setTyped(value); } }, [value]);
  const send = (text: string) => {
    if (text === sent.current) return;
    sent.current = text;
    onSearch(text);
  };
  useEffect(() => {
    if (composing) return;
    const timer = setTimeout(() => send(typed.trim()), PAUSE_MS);
    return () => clearTimeout(timer);
  });
  return (
    <div className="relative w-64 max-md:w-full">
      <Search size={15} className="pointer-events-none absolute top-1/2 left-3 -translate-y-1/2 text-mute" aria-hidden />
      <input
        id={id} type="search" aria-label={label} placeholder={label} className={`${inputClass} h-8.5 pl-9`} value={typed}
        onChange={(event) => setTyped(event.target.value)}
        onCompositionStart={() => setComposing(true)}
        onCompositionEnd={() => setComposing(false)}
        onKeyDown={(event) => { if (event.key === 'Enter' && !isComposing(event)) send(typed.trim()); }}
      />
    </div>
  );
}
