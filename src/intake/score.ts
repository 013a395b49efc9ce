import { cleanText } from '../clean-text.js';
import { isPlaceholder } from './blank.js';
import { quote } from './quote.js';

const PLAIN_NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/**
 * A lead's score: a finite plain number, undefined for a blank cell or what only stands for one (`N/A`, `-`), else why
 * it is none ("85%", "85,5", "0x10", an integer too large to be exact).
 */
export function parseScore(cell: string | number | boolean | undefined): number | undefined | { reason: string } {
  if (cell === undefined) return undefined;
  const text = cleanText(String(cell));
  if (text === '' || isPlaceholder(text)) return undefined;
  if (typeof cell === 'boolean' || !PLAIN_NUMBER.test(text)) return { reason: notPlain(String(cell).trim()) };
  const score = Number(text);
  if (!Number.isFinite(score) || Math.abs(score) > Number.MAX_SAFE_INTEGER) {
    return { reason: `score ${quote(text)} is too large` };
  }
  return score;
}

function notPlain(text: string): string {
  // 1,250 is 1250 in one country and 1.25 in another: no advice is better than one that divides by a thousand.
  const decimal = /^[+-]?\d+,(?:\d{1,2}|\d{4,})$/.test(text) ? text.replace(',', '.') : undefined;
  const meant = decimal ?? /^(\d+(?:\.\d+)?)\s*%$/.exec(text)?.[1];
  return `score ${quote(text)} is not a plain number${meant === undefined ? '' : ` (write ${meant})`}`;
}
