// Settings: how this page looks and speaks, the keys of the interface, and the policy.
import { Link, useSearch } from '@tanstack/react-router';
import type { SettingsPart } from '@/app/router';
import { Page } from '@/parts/Page';
import { useT } from '@/words';
import { Appearance } from './Appearance';
import { BenchPart } from './BenchPart';
import { PolicyPart } from './PolicyPart';
import { Tokens } from './Tokens';

const parts: SettingsPart[] = ['appearance', 'tokens', 'policy', 'bench'];
const sameTab = { includeSearch: true, explicitUndefined: true };

export function SettingsPage() {
  const t = useT();
  const { part = 'appearance' } = useSearch({ from: '/shell/settings' });
  return (
    <Page title={t('nav.settings')} lead={t(`settings.${part}.lead`)}>
      <nav aria-label={t('settings.parts')} className="mb-5 flex gap-5 overflow-x-auto border-b border-line">
        {parts.map((each) => (
          <Link key={each} to="/settings" search={{ part: each === 'appearance' ? undefined : each }} activeOptions={sameTab} activeProps={{}} aria-current={each === part ? 'page' : undefined} className="shrink-0 border-b-2 border-transparent pb-2 text-base text-mute hover:text-ink aria-[current=page]:border-accent aria-[current=page]:font-semibold aria-[current=page]:text-ink">
            {t(`settings.${each}`)}
          </Link>
        ))}
      </nav>
      {part === 'tokens' ? <Tokens /> : part === 'policy' ? <PolicyPart /> : part === 'bench' ? <BenchPart /> : <Appearance />}
    </Page>
  );
}
