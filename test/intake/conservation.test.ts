import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { expect, test } from 'vitest';
import { FIXTURES, readFileAll } from './read-all.js';

const FILES = readdirSync(FIXTURES, { recursive: true, encoding: 'utf8' }).filter(
  // PhantomBuster's file without addresses is refused as a whole.
  (name) => name.endsWith('.csv') && !name.startsWith('same-lead') && !name.endsWith('no-email.csv'),
);

/** The records of a file that say anything, by csv-parse alone. */
function recordsOf(file: string, delimiter: string): number {
  const records: string[][] = parse(readFileSync(file), {
    bom: true,
    delimiter,
    relax_quotes: true,
    relax_column_count: true,
    skip_empty_lines: true,
  });
  return records.filter((cells) => cells.some((cell) => cell.trim() !== '')).length;
}

/** How many lines a plan says were passed over above the header; a list without a header has none of either. */
function aboveRows(notes: readonly string[]): number {
  if (notes.some((note) => note.includes('without a header'))) return 0;
  const titles = notes.map((note) => /^(\d+) lines? above the header passed over/.exec(note)?.[1]);
  return 1 + Number(titles.find((n) => n !== undefined) ?? 0);
}

test.each(FILES)('%s: every record is a lead, a rejected row, or counted as passed over', async (name) => {
  const file = join(FIXTURES, name);
  const map = name.includes('suppress-list') ? { domains: true } : {};
  const { plan, rows, below } = await readFileAll(file, map);
  expect(rows.length + below + aboveRows(plan.notes)).toBe(recordsOf(file, plan.delimiter ?? ','));
  for (const row of rows) if (row.kind === 'rejected') expect(row.reason).not.toBe('');
});
