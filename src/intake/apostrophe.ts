/**
 * A spreadsheet runs a cell that begins with one of these as a formula. An apostrophe before it makes it text. A cell
 * that begins with an apostrophe itself gets one more, so that taking one away always gives the original back.
 */
export function guardFormula(cell: string): string {
  return /^[=+\-@\t\r']/.test(cell) ? `'${cell}` : cell;
}

/** Undoes {@link guardFormula}. */
export function unguardFormula(cell: string): string {
  return /^'[=+\-@\t\r']/.test(cell) ? cell.slice(1) : cell;
}
