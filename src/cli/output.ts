import { setImmediate as breathe } from 'node:timers/promises';
import { stringify } from 'csv-stringify/sync';
import { UsageError } from '../errors.js';
import { didYouMean, printable } from '../wording.js';
import { type Column, plainText, type Row, tableWriter } from './table.js';
import type { Terminal } from './terminal.js';

export type { Column, Row } from './table.js';

export const FORMATS = ['table', 'json', 'ndjson', 'csv'] as const;
export type Format = (typeof FORMATS)[number];

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

/** So many rows set the widths of a table; later ones follow, and make a column wider where they must. */
const ROWS_AT_ONCE = 500;

/** A row as one line of JSON. What could steer a terminal is written as an escape, which changes no value. */
export function jsonLine(columns: readonly Column[], row: Row): string {
  const values = Object.fromEntries(columns.map(({ name }) => [name, row[name] ?? null]));
  return JSON.stringify(values).replace(
    /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** What a spreadsheet runs as a formula, or may once it has dropped the character before it. */
const FORMULA = /^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;

/** A cell of a CSV file: text that a spreadsheet would run gets a leading apostrophe; a number is never run. */
function csvCell(value: Row[string] | undefined, onScreen: boolean): string {
  const text = plainText(value);
  const guarded = typeof value !== 'number' && FORMULA.test(text) ? `'${text}` : text;
  return onScreen ? printable(guarded) : guarded;
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
  const table = tableWriter(columns, terminal);
  const names = columns.map((column) => column.name);
  const onScreen = terminal.streams.stdout.isTTY === true;
  let waiting: Row[] = [];
  let begun = false;
  const textOf = (part: readonly Row[]): string => {
    if (format === 'table') return table(part);
    if (format === 'csv') return stringify(part.map((row) => names.map((name) => csvCell(row[name], onScreen))));
    const lines = part.map((row) => jsonLine(columns, row));
    if (format === 'ndjson') return lines.map((line) => `${line}\n`).join('');
    return `${begun && lines.length > 0 ? ',' : ''}${lines.join(',')}`;
  };
  const flush = async () => {
    await terminal.data(textOf(waiting));
    begun = true;
    waiting = [];
    // The store works synchronously: without a pause nobody would hear that the reader has gone.
    await breathe();
  };
  if (format === 'json') await terminal.data('{"schema":1,"rows":[');
  if (format === 'csv') await terminal.data(stringify([names]));
  try {
    for await (const row of rows) {
      waiting.push(row);
      if (waiting.length >= ROWS_AT_ONCE) await flush();
      if (terminal.closed()) return;
    }
  } finally {
    // Also when the rows broke off: what came before that is data.
    if (waiting.length > 0 || !begun) await flush();
  }
  if (format === 'json') await terminal.data(']}\n');
}
