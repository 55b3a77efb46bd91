// The list of shortcuts, with the switch that turns single letters off.
import { Dialog } from '@/parts/Dialog';
import { useT } from '@/words';
import { usePreferences } from '@/words/lang';
import { navGroups } from './nav';

const Cap = ({ children }: { children: string }) => <kbd className="inline-block min-w-6 rounded-sm border border-edge bg-sunk px-1.5 text-center text-xs leading-5">{children}</kbd>;

export function KeyHelp({ open, onClose }: { open: boolean; onClose: () => void }) {
  const t = useT();
  const { letterKeys, setLetterKeys } = usePreferences();
  const rows: [string[], string][] = [
    [['Ctrl', 'K'], t('palette.title')],
    [['Ctrl', 'Enter'], t('keys.go_dialog')],
    ...navGroups.flatMap((group) => group.items).filter((item) => item.letter).map((item): [string[], string] => [['g', item.letter ?? ''], t(item.word)]),
    [['j', 'k'], t('keys.move')],
    [['Enter'], t('keys.open')],
    [['a'], t('keys.approve')],
    [['m'], t('keys.mask')],
    [['e'], t('keys.edit')],
    [['x'], t('keys.reject')],
    [['←', '→'], t('keys.scrub')],
    [['Shift', '←', '→'], t('keys.scrub_ten')],
    [['Ctrl', 'Z'], t('keys.undo')],
    [['c'], t('editor.connect')],
    [['Del'], t('editor.remove')],
    [['Esc'], t('keys.close')],
    [['?'], t('keys.help')],
  ];
  return (
    <Dialog open={open} title={t('keys.title')} onClose={onClose}>
      <label className="mb-3 flex items-center gap-2 text-sm text-soft">
        <input type="checkbox" className="size-4 accent-accent" checked={letterKeys} onChange={(event) => setLetterKeys(event.target.checked)} />
        {t('keys.letters')}
      </label>
      <ul className="flex flex-col divide-y divide-line">
        {rows.map(([caps, word]) => (
          <li key={caps.join('') + word} className="flex items-center justify-between py-1.5">
            <span>{word}</span>
            <span className="flex gap-1">{caps.map((cap) => <Cap key={cap}>{cap}</Cap>)}</span>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
