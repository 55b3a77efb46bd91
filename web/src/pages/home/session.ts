// The conversation of this tab: a follow-up ("delete that page") continues it.
const KEY = 'metel.session';

export function keptSession(): string | null {
  try { return sessionStorage.getItem(KEY); } catch { return null; }
}

export function keepSession(id: string | null): void {
  try {
    if (id === null) sessionStorage.removeItem(KEY);
    else sessionStorage.setItem(KEY, id);
  } catch { /* storage is switched off: every request stands alone */ }
}
