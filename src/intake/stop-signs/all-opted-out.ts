import { UsageError } from '../../errors.js';
import type { Cell } from '../cell.js';
import { quote } from '../quote.js';
import { textOf } from '../text-of.js';
import type { SignColumn } from './sign-columns.js';
import { readFlag } from './yes-no.js';

/** In a sample with at least so many values of a flag, a yes in all of them is more likely a column misunderstood. */
const ENOUGH = 20;

/**
 * Throws a {@link UsageError} when a column of opt-outs says yes in every sampled row that has a value: suppressing
 * everybody for good needs a person's word. A file that also says when or why each opted out is a list of opt-outs.
 */
export function refuseAllOptedOut(
  file: string,
  columns: readonly SignColumn[],
  sample: readonly (readonly Cell[])[],
): void {
  for (const column of columns) {
    if (column.kind !== 'opt_out' || column.fact) continue;
    const flags = valuesOf(column, sample).map(readFlag);
    if (flags.length < ENOUGH || flags.some((flag) => flag !== 'yes')) continue;
    if (
      columns.some((other) => other.fact && other.kind === 'opt_out' && valuesOf(other, sample).length >= flags.length)
    )
      continue;
    const name = quote(column.header);
    throw new UsageError(
      `${file}: column ${name} says that all ${flags.length} sampled people opted out; nothing was stored or pushed`,
      `If that is so, confirm it: --map unsubscribed=${name}. If the column means something else: --map ignore=${name}`,
    );
  }
}

function valuesOf({ index }: SignColumn, sample: readonly (readonly Cell[])[]): string[] {
  return sample.map((row) => textOf(row[index])).filter((text) => text !== '' && readFlag(text) !== 'blank');
}
