// The conversation of this tab: a follow-up ("delete that page") continues it. The page names it;
// the server keeps it from the first run on.
const KEY = 'metel.session';
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

export function keptSession(): string | null {
  try { return sessionStorage.getItem(KEY); } catch { return null; }
}

export function keepSession(id: string | null): void {
  try {
    if (id === null) sessionStorage.removeItem(KEY);
    else sessionStorage.setItem(KEY, id);
  } catch { /* storage is switched off: every request stands alone */ }
}

/** A new name: a UUIDv7 (RFC 9562) as 26 letters of Crockford's base 32, as all ids are. */
export function newSession(now: number = Date.now()): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  for (let i = 0; i < 6; i++) bytes[i] = Math.floor(now / 2 ** (8 * (5 - i))) % 256;
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x70;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  let rest = bytes.reduce((all, byte) => (all << 8n) | BigInt(byte), 0n);
  let text = '';
  for (let i = 0; i < 26; i++) { text = ALPHABET[Number(rest & 31n)] + text; rest >>= 5n; }
  return `sess_${text}`;
}
