import type { Cell } from '../cell.js';
import { textOf } from '../text-of.js';
import type { SignColumn } from './sign-columns.js';
import type { Sign } from './value-words.js';

/** A column that can stop somebody, for the plan. */
export interface StopCount {
  column: string;
  /** What it was taken for, such as `verifier`. */
  taken: string;
  /** How many of the sampled rows say what. */
  counts: Partial<Record<Sign, number>>;
}

const TAKEN_FOR: Readonly<Record<SignColumn['kind'], string>> = {
  opt_out: 'opt-out',
  consent: 'consent',
  bounce: 'bounce',
  bad_address: 'verifier',
  good_address: 'verifier',
  catch_all: 'verifier',
  verifier: 'verifier',
  verifier_status: 'verifier',
  leaning: 'verifier',
  test_record: 'nobody to mail',
  status: 'status',
  list_state: 'status',
  maybe_list_state: 'status',
  grouping: 'status',
  suppression_type: 'status',
  instantly: 'status',
  smells: 'not understood',
  scanned: 'not understood',
  named: 'as you say',
};

/** Columns that are shown only where a row says something: they may be about anything. */
const ONLY_WITH_ROWS: ReadonlySet<SignColumn['kind']> = new Set([
  'status',
  'list_state',
  'maybe_list_state',
  'grouping',
  'suppression_type',
  'leaning',
  'scanned',
  'smells',
  'instantly',
  'test_record',
]);

/** Counts what the sampled rows say in each of these columns. */
export function countStops(columns: readonly SignColumn[], sample: readonly (readonly Cell[])[]): StopCount[] {
  return columns.flatMap(({ index, header, kind, read }) => {
    const counts: StopCount['counts'] = {};
    for (const row of sample) {
      const text = textOf(row[index]);
      const sign = text === '' ? undefined : read(text);
      if (sign === undefined || sign === 'clear' || sign === 'valid') continue;
      counts[sign] = (counts[sign] ?? 0) + 1;
    }
    if (ONLY_WITH_ROWS.has(kind) && Object.keys(counts).length === 0) return [];
    return [{ column: header, taken: TAKEN_FOR[kind], counts }];
  });
}
