// Kinds of personal data in words; a kind that is new here is shown by its own name.
import { useT } from './index';

const kinds = ['api_key', 'bank_account', 'business_number', 'card_number', 'drivers_license', 'email', 'foreigner_number', 'iban', 'ip', 'passport', 'phone', 'private_key', 'resident_number'] as const;
type Kind = (typeof kinds)[number];
const isKind = (kind: string): kind is Kind => (kinds as readonly string[]).includes(kind);

export function usePiiWord(): (kind: string) => string {
  const t = useT();
  return (kind) => (isKind(kind) ? t(`pii.${kind}`) : kind);
}
