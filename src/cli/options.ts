import { z } from 'zod';
import { duration, spanUpTo } from '../config/checks.js';
import { UsageError } from '../errors.js';
import { didYouMean } from '../text/wording.js';

/** Option values that several commands share, read through zod: a wrong one is a usage error that names the flag. */
export const wholeNumber = z
  .string()
  .regex(/^\d{1,15}$/, 'expected a whole number')
  .transform(Number);
export const positive = wholeNumber.refine((n) => n > 0, 'expected a number above 0');
export const timeSpan = duration;
export { since } from '../config/since.js';
/** How old something may be, milliseconds. */
export const age = spanUpTo(365);
/** A share such as 95%, as a number from 0 to 1. */
export const share = z
  .string()
  .regex(/^\d{1,3}(\.\d+)?%$/, 'expected a share from 0% to 100%, such as 95%')
  .transform((text) => Number(text.slice(0, -1)) / 100)
  .refine((value) => value <= 1, 'expected a share from 0% to 100%, such as 95%');

/** One of a few words; another is answered with the one that was probably meant, or with all there are. */
export function oneOf<const Words extends readonly [string, ...string[]]>(words: Words) {
  return z.enum(words, {
    error: ({ input }) => {
      const known = words.length < 3 ? words.join(' or ') : `one of ${words.join(', ')}`;
      return `"${String(input)}" is not known${didYouMean(String(input), words) || `; expected ${known}`}`;
    },
  });
}

/** Reads a command's options. Throws a UsageError for the first that is wrong. */
export function readOptions<Schema extends z.ZodObject>(schema: Schema, options: unknown): z.infer<Schema> {
  const result = schema.safeParse(options);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const flag = String(issue?.path[0] ?? '').replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  throw new UsageError(`--${flag}: ${issue?.message ?? 'is wrong'}`, 'See --help for what it takes.');
}
