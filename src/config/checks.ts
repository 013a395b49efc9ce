/** The single values of the rules file: what each may be, and what is said when it is something else. */
import ms from 'ms';
import { z } from 'zod';
import { baseUrlProblem, tidyBaseUrl } from './base-url.js';
import { kindOf, looksSecret, unknownKey } from './words.js';

/** A mapping with exactly these keys. An unknown one gets a line of the message each, in the order of `issue.keys`. */
export function mapping<Shape extends z.ZodRawShape>(shape: Shape) {
  const known = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys' ? issue.keys.map((key) => unknownKey(key, known)).join('\n') : undefined,
  });
}

/** Text with something in it, trimmed. */
export const text = z
  .string()
  .trim()
  .refine((value) => value !== '', { error: 'must not be empty' });

/** A number from `min` to `max`. */
export function numberFrom(min: number, max: number, what: 'a number' | 'a whole number' = 'a number') {
  const fits = (n: number) => n >= min && n <= max && (what === 'a number' || Number.isInteger(n));
  return z.number().refine(fits, {
    error: (issue) => `expected ${what} from ${min} to ${max}, found ${String(issue.input)}`,
  });
}

/** A value that is read by a function of ours, which answers undefined when it is not what was expected. */
function readBy<T>(read: (value: unknown) => T | undefined, problem: (value: unknown) => string) {
  return z.unknown().transform((value, context): T => {
    const result = read(value);
    if (result !== undefined) return result;
    context.addIssue({ code: 'custom', message: problem(value), input: value });
    return z.NEVER;
  });
}

const DAY_MS = 86_400_000;

function isDuration(value: string): value is ms.StringValue {
  return /^\d{1,9}(\.\d{1,3})? ?(ms|s|sec|m|min|h|hour|hours|d|day)$/i.test(value);
}

function spanOf(value: unknown): number | undefined {
  if (typeof value !== 'string') return undefined;
  const trimmed = value.trim();
  return isDuration(trimmed) ? ms(trimmed) : undefined;
}

/** A time span such as `2s`, as whole milliseconds: more than nothing, at most so many days. */
export function spanUpTo(days: number) {
  return readBy(
    (value) => {
      const span = spanOf(value);
      return span !== undefined && Number.isInteger(span) && span > 0 && span <= days * DAY_MS ? span : undefined;
    },
    (value) =>
      spanOf(value) === undefined
        ? 'expected a time span with its unit, such as 2s, 1m or 1h'
        : `expected a time span from 1ms to ${days}d`,
  );
}

/** A time span such as `2s`, at most a day. */
export const duration = spanUpTo(1);

/** A Smartlead campaign's id, text or a whole number, kept as text. */
export const campaignId = readBy(
  (value) => {
    const id = typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value;
    if (typeof id !== 'string') return undefined;
    return /^[A-Za-z0-9_][A-Za-z0-9_-]{0,63}$/.test(id.trim()) ? id.trim() : undefined;
  },
  (value) => `expected a campaign's id, such as "123456", found ${idKind(value)}`,
);

function idKind(value: unknown): string {
  if (typeof value === 'string') return value.trim() === '' ? 'empty text' : 'text with other characters';
  return typeof value === 'number' ? 'another number' : kindOf(value);
}

/** What a test expects: a campaign's id, `held` or `blocked`. */
export const expectation = campaignId.transform((id) => (/^(held|blocked)$/i.test(id) ? id.toLowerCase() : id));

/** The name of an environment variable that holds a secret. The secret itself is refused, and never repeated. */
export const variableName = readBy(
  (value) => {
    const plausible = typeof value === 'string' && /^[A-Za-z_][A-Za-z0-9_]*$/.test(value) && !looksSecret(value);
    return plausible ? value : undefined;
  },
  (value) =>
    typeof value === 'string' || typeof value === 'number'
      ? 'expected the name of an environment variable, such as SMARTLEAD_API_KEY; a secret must not be in this file'
      : `expected the name of an environment variable, found ${kindOf(value)}`,
);

/** The address of Smartlead's API. */
export const baseUrl = z
  .string()
  .transform(tidyBaseUrl)
  .superRefine((url, context) => {
    const problem = baseUrlProblem(url);
    if (problem) context.addIssue({ code: 'custom', message: problem, input: url });
  });

/** An e-mail address or a domain, lower-cased; `@acme.com` is the domain acme.com. */
export const addressOrDomain = z
  .string()
  .transform((value) => value.trim().toLowerCase().replace(/^@/, ''))
  .refine((value) => /^(?:[^\s@]+@)?[^\s@.]+(?:\.[^\s@.]+)+$/.test(value), {
    error: 'expected an e-mail address or a domain, such as acme.com',
  });

/** A tenant's name. */
export const organizationName = z.string().refine((name) => /^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/.test(name), {
  error: 'a name has at most 63 letters, digits, dots, dashes and underscores, and begins with a letter or a digit',
});
