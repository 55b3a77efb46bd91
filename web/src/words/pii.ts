// Kinds of personal data in words; a kind that is new here is shown by its own name.
import { useT } from './index';

export function usePiiWord(): (kind: string) => string {
  const t = useT();
  return (kind) => {
    switch (kind) {
      case 'phone': case 'phone_number': return t('pii.phone');
      case 'email': return t('pii.email');
      case 'rrn': case 'resident_number': return t('pii.rrn');
      case 'card': case 'card_number': return t('pii.card');
      case 'account': case 'account_number': return t('pii.account');
      case 'name': case 'person': return t('pii.name');
      case 'address': return t('pii.address');
      case 'passport': return t('pii.passport');
      default: return kind;
    }
  };
}
