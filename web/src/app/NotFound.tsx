import { Link } from '@tanstack/react-router';
import { Compass } from 'lucide-react';
import { buttonClass } from '@/parts/Button';
import { Page } from '@/parts/Page';
import { Empty } from '@/parts/States';
import { useT } from '@/words';

export function NotFound() {
  const t = useT();
  return (
    <Page title={t('missing_page.title')}>
      <Empty icon={Compass} title={t('missing_page.lead')}>
        <Link to="/" className={`${buttonClass('plain')} mt-3`}>{t('missing_page.home')}</Link>
      </Empty>
    </Page>
  );
}
