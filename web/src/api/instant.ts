// Times as the server writes them: RFC 3339 in UTC, with as many digits of a second as are needed.
import type { Instant } from './types';

/** To the microsecond, which a number of milliseconds can't tell. */
export const isAfter = (a: Instant, b: Instant): boolean => whole(a) > whole(b);

/** With nine digits of a second, such times sort as text. */
const whole = (at: Instant): string => at.replace(/(?:\.(\d+))?Z$/, (_all, digits: string = '') => `.${digits.padEnd(9, '0')}Z`);
