import { stringify } from 'csv-stringify/sync';
import { printable } from '../text/wording.js';

/** A column of a list: its name in JSON and CSV, its heading in a table. */
export interface Column {
  name: string;
  heading: string;
  /**
   * What happens where a screen is too narrow: `text` (the default) is cut first, an `address` after that, and what is
   * `exact`, such as a number, a date or an id, never.
   */
  kind?: 'text' | 'address' | 'exact';
}

export type Row = Record<
  string,
  string | number | boolean | null | readonly string[] | Readonly<Record<string, unknown>>
>;

/** The formats that are made for other programs. */
export const EXPORT_FORMATS = ['json', 'ndjson', 'csv'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** Writes a list a part at a time: `head`, then every part, then `foot` unless the rows broke off. */
export interface RowsWriter {
  head: string;
  part(rows: readonly Row[]): string;
  foot: string;
}

/** A value as text; lists with `; ` between. */
export function plainText(value: Row[string] | undefined): string {
  if (value === null || value === undefined) return '';
  if (typeof value !== 'object') return String(value);
  return Array.isArray(value) ? value.join('; ') : JSON.stringify(value);
}

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

/** Writes rows as CSV, as `{"schema":1,"rows":[…]}`, or as a line of JSON each. `onScreen`: a person sees the CSV. */
export function exportWriter(format: ExportFormat, columns: readonly Column[], onScreen = false): RowsWriter {
  const names = columns.map(({ name }) => name);
  let begun = false;
  switch (format) {
    case 'csv':
      return {
        head: stringify([names]),
        part: (rows) => stringify(rows.map((row) => names.map((name) => csvCell(row[name], onScreen)))),
        foot: '',
      };
    case 'ndjson':
      return { head: '', part: (rows) => rows.map((row) => `${jsonLine(columns, row)}\n`).join(''), foot: '' };
    case 'json':
      return {
        head: '{"schema":1,"rows":[',
        part(rows) {
          const comma = begun && rows.length > 0 ? ',' : '';
          begun ||= rows.length > 0;
          return comma + rows.map((row) => jsonLine(columns, row)).join(',');
        },
        foot: ']}\n',
      };
  }
}
