/** The limit's windows as one line of text, such as `10 per 2s, 1000 per 1h`. */
import { z } from 'zod';
import { type RateWindow, rateLimit } from './schema.js';

const UNITS = [
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
] as const;

/** A span in milliseconds exactly, in the largest unit of which it is a whole number, such as `90s`. */
export function spanText(milliseconds: number): string {
  const unit = UNITS.find(([, size]) => milliseconds % size === 0);
  return unit ? `${milliseconds / unit[1]}${unit[0]}` : `${milliseconds}ms`;
}

/** Each window as text, such as `10 per 2s`: what {@link windowsText} reads. */
export const windowTexts = (windows: readonly RateWindow[]): string[] =>
  windows.map(({ requests, perMs }) => `${requests} per ${spanText(perMs)}`);

/** Reads windows from text, with the limits of the rules file. */
export const windowsText = z
  .string()
  .transform((text, context): unknown =>
    text.split(',').map((part) => {
      const [, requests, per] = /^\s*(\d{1,9})\s+per\s+(\S.*)$/i.exec(part) ?? [];
      if (requests !== undefined && per !== undefined) return { requests: Number(requests), per };
      context.addIssue({ code: 'custom', message: 'expected windows such as 10 per 2s, 1000 per 1h' });
      return z.NEVER;
    }),
  )
  .pipe(rateLimit);
