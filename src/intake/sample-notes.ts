import type { Meaning } from './aliases.js';
import { isNamePlaceholder, isPlaceholder } from './blank.js';
import type { Cell } from './cell.js';
import type { ColumnPlan } from './columns.js';
import { isScientific } from './phone.js';
import { quoteList } from './quote.js';
import { textOf } from './text-of.js';

const NAMES: readonly Meaning[] = ['first_name', 'last_name', 'full_name'];
/** Columns that are read by readers of their own. */
const OTHERS: readonly Meaning[] = ['email', 'custom_fields'];

/** What the plan says of cells in the sample that only stand for nothing, and of phone numbers that are lost. */
export function sampleNotes(plan: ColumnPlan, sample: readonly (readonly Cell[])[]): string[] {
  const rows = sample.length === 1 ? 'the first row' : `the first ${sample.length} rows`;
  const columns = new Map<number, (text: string) => boolean>(plan.custom.map(({ index }) => [index, isPlaceholder]));
  for (const [meaning, places] of plan.byMeaning) {
    if (OTHERS.includes(meaning)) continue;
    for (const index of places) columns.set(index, NAMES.includes(meaning) ? isNamePlaceholder : isPlaceholder);
  }
  let blank = 0;
  const words = new Set<string>();
  for (const cells of sample) {
    for (const [index, isBlank] of columns) {
      const text = textOf(cells[index]);
      if (text === '' || !isBlank(text)) continue;
      blank++;
      words.add(text);
    }
  }
  const phones = plan.byMeaning.get('phone') ?? [];
  const lost = sample.flatMap((cells) => phones.map((index) => cells[index])).filter(isLost);
  const notes: string[] = [];
  if (blank > 0) {
    const cells = blank === 1 ? `1 cell of ${rows} counts` : `${blank} cells of ${rows} count`;
    notes.push(`${cells} as blank: ${quoteList([...words], 5)}`);
  }
  if (lost.length > 0) {
    const numbers = lost.length === 1 ? `1 phone number of ${rows} is` : `${lost.length} phone numbers of ${rows} are`;
    notes.push(`${numbers} dropped: a spreadsheet rounded its digits away: ${quoteList(lost, 3)}`);
  }
  return notes;
}

function isLost(cell: Cell): cell is string {
  return typeof cell === 'string' && isScientific(cell);
}
