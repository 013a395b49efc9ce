import { setImmediate as breathe } from 'node:timers/promises';
import { UsageError } from '../errors.js';
import { type Column, EXPORT_FORMATS, exportWriter, type Row } from '../table/rows.js';
import { didYouMean } from '../text/wording.js';
import type { Terminal } from './terminal.js';

export type { Column, Row } from '../table/rows.js';

export const FORMATS = ['table', ...EXPORT_FORMATS] as const;
export type Format = (typeof FORMATS)[number];

/** Reads --format and --json. */
export function pickFormat(asked: string | undefined, terminal: Terminal): Format {
  if (asked === undefined) return terminal.json ? 'json' : 'table';
  const format = FORMATS.find((known) => known === asked.trim().toLowerCase());
  if (!format)
    throw new UsageError(
      `--format: "${asked}" is not known${didYouMean(asked, FORMATS)}`,
      `Use one of ${FORMATS.join(', ')}.`,
    );
  return format;
}

/** So many rows set the widths of a table; later ones follow, and make a column wider where they must. */
const ROWS_AT_ONCE = 500;

/**
 * Prints a list in the wanted format as it comes, so that memory does not grow with it. JSON is
 * `{"schema":1,"rows":[…]}`, with `sums` after the rows; CSV cells that a spreadsheet would run get a leading apostrophe.
 */
export async function printRows(
  terminal: Terminal,
  format: Format,
  columns: readonly Column[],
  rows: AsyncIterable<Row> | Iterable<Row>,
  sums?: () => Readonly<Record<string, unknown>>,
): Promise<void> {
  const onScreen = terminal.streams.stdout.isTTY === true;
  const writer =
    format === 'table'
      ? { head: '', part: (await import('./table.js')).tableWriter(columns, terminal), foot: '' }
      : exportWriter(format, columns, onScreen);
  let waiting: Row[] = [];
  let begun = false;
  const flush = async () => {
    await terminal.data(writer.part(waiting));
    begun = true;
    waiting = [];
    // The store works synchronously: without a pause nobody would hear that the reader has gone.
    await breathe();
  };
  await terminal.data(writer.head);
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
  const more = format === 'json' && sums ? JSON.stringify(sums()).slice(1, -1) : '';
  await terminal.data(more === '' ? writer.foot : writer.foot.replace(']', () => `],${more}`));
}
