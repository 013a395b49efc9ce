import { quote } from './quote.js';

const PLAIN_NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/**
 * A lead's score: a finite plain number, undefined for an empty cell, else why it is none ("85%", "85,5", "0x10",
 * an integer too large to be exact).
 */
export function parseScore(cell: string | number | boolean | undefined): number | undefined | { reason: string } {
  if (cell === undefined) return undefined;
  const text = String(cell).trim();
  if (text === '') return undefined;
  if (typeof cell === 'boolean' || !PLAIN_NUMBER.test(text)) {
    const meant = /^[+-]?\d+,\d+$/.test(text) ? text.replace(',', '.') : /^(\d+(?:\.\d+)?)\s*%$/.exec(text)?.[1];
    const hint = meant === undefined ? '' : ` (write ${meant})`;
    return { reason: `score ${quote(text)} is not a plain number${hint}` };
  }
  const score = Number(text);
  if (!Number.isFinite(score) || Math.abs(score) > Number.MAX_SAFE_INTEGER) {
    return { reason: `score ${quote(text)} is too large` };
  }
  return score;
}
