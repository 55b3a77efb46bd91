// Numbers, times and money as people read them, in both languages.
import type { Instant, Money } from '@/api/types';
import type { Lang } from './lang';

/** Milliseconds as `120 ms`, `2.3초`/`2.3 s`, `4분 5초`/`4 m 5 s`, `1시간 2분`/`1 h 2 m`. */
export function duration(ms: number, lang: Lang): string {
  const ko = lang === 'ko';
  if (ms < 1000) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 59_950) return ko ? `${(ms / 1000).toFixed(1)}초` : `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) {
    const m = Math.floor(seconds / 60);
    const s = seconds % 60;
    return ko ? `${m}분 ${s}초` : `${m} m ${s} s`;
  }
  const h = Math.floor(seconds / 3600);
  const m = Math.floor((seconds % 3600) / 60);
  return ko ? `${h}시간 ${m}분` : `${h} h ${m} m`;
}

/** A duration that still grows, in whole seconds: `3초`, `4분 5초`. */
export function ticking(ms: number, lang: Lang): string {
  if (ms >= 60_000) return duration(ms, lang);
  const seconds = Math.floor(ms / 1000);
  return lang === 'ko' ? `${seconds}초` : `${seconds} s`;
}

/** What remains, as a clock: `23:41`, `1:02:03`; days beyond a day. */
export function countdown(ms: number, lang: Lang): string {
  const total = Math.max(0, Math.floor(ms / 1000));
  if (total >= 86_400) {
    const days = Math.floor(total / 86_400);
    const hours = Math.floor((total % 86_400) / 3600);
    return lang === 'ko' ? `${days}일 ${hours}시간` : `${days} d ${hours} h`;
  }
  const two = (n: number) => String(n).padStart(2, '0');
  const h = Math.floor(total / 3600);
  const m = Math.floor((total % 3600) / 60);
  const s = total % 60;
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${two(m)}:${two(s)}`;
}

const relativeSteps: [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 86_400_000], ['hour', 3_600_000], ['minute', 60_000], ['second', 1000],
];

/** `3분 전` / `3 min. ago`, from `now` in milliseconds. */
export function relative(at: Instant, now: number, lang: Lang): string {
  const delta = Date.parse(at) - now;
  const formatter = new Intl.RelativeTimeFormat(lang, { numeric: 'auto', style: 'short' });
  for (const [unit, size] of relativeSteps) {
    if (Math.abs(delta) >= size) return formatter.format(Math.trunc(delta / size), unit);
  }
  return formatter.format(0, 'second');
}

/** Date and time to the second, with the time zone's name. */
export function absolute(at: Instant, lang: Lang): string {
  return new Intl.DateTimeFormat(lang, {
    year: 'numeric', month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', second: '2-digit',
    timeZoneName: 'short',
  }).format(new Date(at));
}

/** Time of day with milliseconds, for logs. */
export function clock(at: Instant): string {
  const d = new Date(at);
  const p = (n: number, w = 2) => String(n).padStart(w, '0');
  return `${p(d.getHours())}:${p(d.getMinutes())}:${p(d.getSeconds())}.${p(d.getMilliseconds(), 3)}`;
}

/** Micro-credits as dollars: one credit is one US dollar. Small amounts keep what tells them apart. */
export function money(micro: Money, lang: Lang): string {
  const dollars = Math.abs(micro) / 1_000_000;
  const digits = micro === 0 ? 0 : dollars < 1 ? 4 : 2;
  return `${micro < 0 ? '-' : ''}$${dollars.toLocaleString(lang, { minimumFractionDigits: Math.min(digits, 2), maximumFractionDigits: digits })}`;
}

export const count = (n: number, lang: Lang): string => n.toLocaleString(lang);
