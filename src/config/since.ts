import ms, { type StringValue } from 'ms';
import { z } from 'zod';
import { isoTime, systemClock } from '../clock.js';

const isSpan = (text: string): text is StringValue => /^\d{1,6}(\.\d{1,3})? ?(s|m|min|h|d|w)$/.test(text);
const ISO_TIME = /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:?\d\d)?)?$/;

function startOf(text: string): number {
  if (isSpan(text)) return systemClock.now() - ms(text);
  if (!ISO_TIME.test(text)) return Number.NaN;
  // Times are shown in UTC, and so are those that name no zone.
  const zoned = text.length > 10 && !/(Z|[+-]\d\d:?\d\d)$/.test(text) ? `${text}Z` : text;
  return Date.parse(zoned);
}

/** Since when: a time span before now, or a time; gives ISO 8601 in UTC. */
export const since = z.string().transform((text, context): string => {
  const at = startOf(text.trim());
  if (at >= 0) return isoTime(at);
  context.addIssue({
    code: 'custom',
    message: 'expected a time span such as 2h or 7d, or a time such as 2026-01-31 or 2026-01-31T09:00Z',
  });
  return z.NEVER;
});
