import Table from 'cli-table3';
import { stringify } from 'csv-stringify/sync';
import { UsageError } from '../errors.js';
import { didYouMean } from '../wording.js';
import { printable, type Terminal } from './terminal.js';

export const FORMATS = ['table', 'json', 'ndjson', 'csv'] as const;
export type Format = (typeof FORMATS)[number];

/** A column of a list: its name in JSON and CSV, its heading in a table. */
export interface Column {
  name: string;
  heading: string;
}

export type Row = Record<string, string | number | boolean | null | string[]>;

/** Reads --format and --json. */
export function pickFormat(asked: string | undefined, terminal: Terminal): Format {
  if (asked === undefined) return terminal.json ? 'json' : 'table';
  const format = FORMATS.find((known) => known === asked);
  if (!format)
    throw new UsageError(
      `--format: "${asked}" is not known${didYouMean(asked, FORMATS)}`,
      `Use one of ${FORMATS.join(', ')}.`,
    );
  return format;
}

/** So many rows set the widths of a table; later ones follow. */
const ROWS_THAT_SET_WIDTHS = 500;

function cell(value: Row[string] | undefined): string {
  if (value === null || value === undefined) return '';
  return printable(Array.isArray(value) ? value.join('; ') : String(value));
}

function tableText(columns: readonly Column[], rows: readonly Row[], heading: boolean, terminal: Terminal): string {
  const bare = {
    top: '',
    'top-mid': '',
    'top-left': '',
    'top-right': '',
    bottom: '',
    'bottom-mid': '',
    'bottom-left': '',
    'bottom-right': '',
    left: '',
    'left-mid': '',
    mid: '',
    'mid-mid': '',
    right: '',
    'right-mid': '',
    middle: '  ',
  };
  const table = new Table({
    chars: bare,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
    ...(heading ? { head: columns.map((column) => terminal.colors.bold(column.heading)) } : {}),
  });
  for (const row of rows) table.push(columns.map((column) => cell(row[column.name])));
  return `${table.toString().replace(/[ \t]+$/gm, '')}\n`;
}

/**
 * Prints a list in the wanted format as it comes, so that memory does not grow with it. JSON is
 * `{"schema":1,"rows":[…]}`; CSV cells that a spreadsheet would run get a leading apostrophe.
 */
export async function printRows(
  terminal: Terminal,
  format: Format,
  columns: readonly Column[],
  rows: AsyncIterable<Row> | Iterable<Row>,
): Promise<void> {
  const names = columns.map((column) => column.name);
  const values = (row: Row) => Object.fromEntries(names.map((name) => [name, row[name] ?? null]));
  let waiting: Row[] = [];
  let count = 0;
  let begun = false;
  const flushTable = async () => {
    if (waiting.length > 0 || !begun) await terminal.data(tableText(columns, waiting, !begun, terminal));
    begun = true;
    waiting = [];
  };
  if (format === 'json') await terminal.data('{"schema":1,"rows":[');
  if (format === 'csv') await terminal.data(stringify([names]));
  for await (const row of rows) {
    if (format === 'table') {
      waiting.push(row);
      if (waiting.length >= ROWS_THAT_SET_WIDTHS) await flushTable();
    } else if (format === 'csv') {
      await terminal.data(stringify([names.map((name) => cell(row[name]))], { escape_formulas: true }));
    } else {
      await terminal.data(
        `${format === 'json' && count > 0 ? ',' : ''}${JSON.stringify(values(row))}${format === 'ndjson' ? '\n' : ''}`,
      );
    }
    count++;
  }
  if (format === 'table') await flushTable();
  if (format === 'json') await terminal.data(']}\n');
}
