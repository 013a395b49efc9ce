import type { Output } from '../output-file.js';
import { outputWriter } from '../output-writer.js';
import { guardFormula } from './apostrophe.js';
import { normalizeHeader, uniqueNames } from './headers.js';
import { setOwn } from './own-property.js';
import type { InputPlan } from './read-leads.js';
import type { RowToCorrect } from './rows.js';

/** Collects the rows that could not be taken, or not be used, to be corrected and given again. */
export interface RejectsWriter {
  /** Adds a row; waits while the disk is behind. */
  write(row: RowToCorrect): Promise<void>;
  /** Puts the file into place and tells how many rows it holds; without a row there is no file, nor is one touched. */
  close(): Promise<number>;
  /** Gives up what was written and leaves nothing behind; after close() it does nothing. */
  discard(): Promise<void>;
}

/**
 * Prepares the rejects file of these inputs: CSV when all of them are tables, else NDJSON, with the original columns and
 * `_line` and `_reason` (which says the input's name when there are several). It is written beside its place under another
 * name and put there by close(); a device or a pipe is written to as it is. Cells that a spreadsheet would run as a formula
 * get a leading apostrophe, which is taken away again when the file is read. `mode`: its rights, of which the umask takes
 * away.
 */
export function createRejectsWriter(
  output: Output,
  inputs: readonly { plan: InputPlan }[],
  mode = 0o666,
): RejectsWriter {
  const plans = inputs.map(({ plan }) => plan);
  const format = plans.every((plan) => plan.format === 'csv' || plan.format === 'xlsx')
    ? csvFormat(plans)
    : ndjsonFormat(plans);
  const writer = outputWriter(output, 'the rejects file', mode);
  let rows = 0;
  return {
    async write(row) {
      const reason = plans.length > 1 ? `${plans[row.raw.input]?.name}: ${row.reason}` : row.reason;
      await writer.write((rows === 0 ? format.head : '') + format.row(row, reason));
      rows++;
    },
    async close() {
      await writer.close();
      return rows;
    },
    discard: writer.discard,
  };
}

interface Format {
  head: string;
  row(row: RowToCorrect, reason: string): string;
}

function csvFormat(plans: readonly InputPlan[]): Format {
  // Inputs may spell a column differently; two columns that mean the same could not be read again.
  const names = new Map<string, string>();
  const columnsOf = plans.map((plan) => uniqueNames(plan.columns).map((name, index) => name || `column ${index + 1}`));
  for (const name of columnsOf.flat()) {
    if (isOwn(name) || names.has(normalizeHeader(name))) continue;
    names.set(normalizeHeader(name), name);
  }
  const places = new Map([...names.keys()].map((key, place) => [key, place]));
  const targets = columnsOf.map((columns) =>
    columns.map((name) => (isOwn(name) ? undefined : places.get(normalizeHeader(name)))),
  );
  return {
    head: csvLine([...names.values(), '_line', '_reason']),
    row({ raw, line }, reason) {
      const cells: string[] = new Array(names.size).fill('');
      let surplus: string[] = [];
      if ('cells' in raw) {
        surplus = surplusOf(raw.cells, columnsOf[raw.input]?.length ?? 0);
        targets[raw.input]?.forEach((place, index) => {
          if (place !== undefined) cells[place] = raw.cells[index] ?? '';
        });
      }
      return csvLine([...cells, String(line), reason, ...surplus]);
    },
  };
}

/**
 * What keeps a ragged row ragged in the rejects file, so that it is rejected again until somebody has corrected it: cells
 * beyond the header, or a note where there were too few.
 */
function surplusOf(cells: readonly string[], width: number): string[] {
  if (cells.length < width) return ['too few cells: correct the row, then remove this cell'];
  const beyond = cells.slice(width);
  return beyond.some((cell) => cell.trim() !== '') ? beyond : [];
}

function ndjsonFormat(plans: readonly InputPlan[]): Format {
  const columnsOf = plans.map((plan) => uniqueNames(plan.columns));
  return {
    head: '',
    row({ raw, line }, reason) {
      const written: Record<string, unknown> = {};
      if ('cells' in raw) {
        columnsOf[raw.input]?.forEach((name, index) => {
          if (name !== '') setOwn(written, name, raw.cells[index] ?? '');
        });
      } else if ('object' in raw) {
        for (const [name, value] of Object.entries(raw.object)) setOwn(written, name, value);
      } else {
        written._raw = raw.text;
      }
      return `${JSON.stringify({ ...written, _line: line, _reason: reason })}\n`;
    },
  };
}

function csvLine(cells: readonly string[]): string {
  return `${cells.map((cell) => csvCell(guardFormula(cell))).join(',')}\n`;
}

function csvCell(cell: string): string {
  return /[",\r\n]|^\s|\s$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

function isOwn(name: string): boolean {
  return name === '_line' || name === '_reason';
}
