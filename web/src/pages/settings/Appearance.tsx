// Language, theme and keys of this browser; and who is signed in.
import { useQuery } from '@tanstack/react-query';
import { queries } from '@/api/queries';
import { speak } from '@/app/Preferences';
import { Panel } from '@/parts/Page';
import { useT } from '@/words';
import { useLang, usePreferences } from '@/words/lang';
import { roleWord } from './roles';

export function Appearance() {
  const t = useT();
  const lang = useLang();
  const { theme, setTheme, letterKeys, setLetterKeys } = usePreferences();
  const me = useQuery(queries.me());
  const role = me.data ? roleWord(me.data.role) : undefined;
  return (
    <div className="flex flex-col gap-5">
      <Panel>
        <Choice name="lang" legend={t('shell.language')} value={lang} options={[['ko', '한국어'], ['en', 'English']]} onChoose={(value) => void speak(value)} />
        <Choice name="theme" legend={t('settings.theme')} value={theme} options={[['light', t('shell.light')], ['dark', t('shell.dark')]]} onChoose={setTheme} />
        <label className="flex items-center gap-2.5 px-5 py-4"><input type="checkbox" className="size-4 accent-accent" checked={letterKeys} onChange={(event) => setLetterKeys(event.target.checked)} />{t('keys.letters')}</label>
      </Panel>
      {me.data ? (
        <Panel title={t('settings.me')}>
          <dl className="divide-y divide-line">
            {([[t('settings.user'), me.data.user], [t('settings.workspace'), me.data.workspace], [t('settings.role'), role ? t(role) : me.data.role]] as const).map(([name, value]) => (
              <div key={name} className="grid grid-cols-[minmax(96px,160px)_minmax(0,1fr)] gap-4 px-5 py-2.5"><dt className="text-mute">{name}</dt><dd>{value}</dd></div>
            ))}
          </dl>
        </Panel>
      ) : null}
      <p className="text-sm text-mute">{t('settings.kept')}</p>
    </div>
  );
}

function Choice<V extends string>({ name, legend, value, options, onChoose }: { name: string; legend: string; value: V; options: [V, string][]; onChoose: (value: V) => void }) {
  return (
    <fieldset className="flex flex-wrap items-center gap-x-6 gap-y-2 border-b border-line px-5 py-4">
      <legend className="float-left mr-6 w-40 py-0.5 font-medium max-sm:w-full">{legend}</legend>
      {options.map(([each, word]) => (
        <label key={each} lang={name === 'lang' ? each : undefined} className="flex items-center gap-2"><input type="radio" name={name} className="size-4 accent-accent" checked={value === each} onChange={() => onChoose(each)} />{word}</label>
      ))}
    </fieldset>
  );
}
