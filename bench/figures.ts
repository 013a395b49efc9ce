import type { Bench } from './bench.js';

/** A measured ratio: the median of several pairs, and how far they lay apart. */
export interface Spread {
  median: number;
  least: number;
  most: number;
  pairs: number;
}

/** One line of the table. */
export interface Figure {
  what: string;
  /** The measured thing and its baseline, as people read them: `13.1 s`, `12.9 s`. */
  measured: string;
  baseline: string;
  /** Absent where there is nothing to compare with. */
  ratio?: Spread;
  goal?: { atLeast: number } | { atMost: number };
  /** A second thing that must hold, such as the exact number of requests. */
  also?: { what: string; holds: boolean };
}

/** One row of the table; a file in measures/ each. */
export interface Measure {
  name: string;
  /** One line for --list. */
  about: string;
  run(bench: Bench): Promise<Figure[]>;
}

/** The middle value; of an even number the lower one of the two. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? Number.NaN;
}

/** The median of ratios with the least and the most. */
export function spread(ratios: readonly number[]): Spread {
  return { median: median(ratios), least: Math.min(...ratios), most: Math.max(...ratios), pairs: ratios.length };
}

/**
 * Measures two things in turn, `n` times, and changes which comes first, so that a machine that gets slower or warmer
 * does so to both. Each gives a number; a pair's ratio is the first by the second.
 */
export async function inPairs(
  n: number,
  first: () => Promise<number>,
  second: () => Promise<number>,
): Promise<{ first: number; second: number; ratio: Spread }> {
  const a: number[] = [];
  const b: number[] = [];
  for (let pair = 0; pair < n; pair++) {
    if (pair % 2 === 0) a.push(await first());
    b.push(await second());
    if (pair % 2 === 1) a.push(await first());
  }
  return {
    first: median(a),
    second: median(b),
    ratio: spread(a.map((value, pair) => value / (b[pair] ?? Number.NaN))),
  };
}

/** Whether a figure meets its goal; undefined where it has none. */
export function isMet({ goal, ratio, also }: Figure): boolean | undefined {
  if (goal === undefined || ratio === undefined) return also?.holds;
  const met = 'atLeast' in goal ? ratio.median >= goal.atLeast : ratio.median <= goal.atMost;
  return met && (also?.holds ?? true);
}

export const seconds = (ms: number): string =>
  ms < 1000 ? `${ms.toFixed(ms < 10 ? 2 : 0)} ms` : `${(ms / 1000).toFixed(2)} s`;
export const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;
