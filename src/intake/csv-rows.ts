import { unguardFormula } from './apostrophe.js';
import type { LeadBuilder } from './build-lead.js';
import { isBlank } from './dialect.js';
import { quote } from './quote.js';
import type { RowOfCells } from './read-csv.js';
import type { IntakeRow } from './rows.js';

export interface CsvRowOptions {
  input: number;
  header: readonly string[];
  encoding: string;
  /** The file is drason's own rejects file: what made its cells harmless to a spreadsheet is taken back. */
  guarded: boolean;
  build: LeadBuilder;
}

/** Turns the cells of a CSV record into a lead or a rejected row; blank records are none. */
export function csvRows({ input, header, encoding, guarded, build }: CsvRowOptions): RowOfCells<IntakeRow> {
  // Columns without a name at the end, as spreadsheets leave them, may be missing from a row.
  const required = header.findLastIndex((name) => name !== '') + 1;
  return (written, line, odd) => {
    if (isBlank(written)) return undefined;
    const cells = guarded ? written.map(unguardFormula) : written;
    const fault = (odd ? oddity(cells, header, encoding) : undefined) ?? raggedness(cells, header.length, required);
    const lead = fault === undefined ? build(cells) : { reason: fault };
    const raw = { input, cells };
    return 'reason' in lead ? { kind: 'rejected', line, ...lead, raw } : { kind: 'lead', line, lead, raw };
  };
}

function oddity(cells: readonly string[], header: readonly string[], encoding: string): string | undefined {
  for (const [index, cell] of cells.entries()) {
    const column = quote(header[index] ?? `column ${index + 1}`);
    if (cell.includes('\0')) return `a NUL byte in ${column}`;
    if (cell.includes('\uFFFD'))
      return `not valid ${encoding.toUpperCase()} in ${column}: ${quote(cell)}; try --encoding`;
  }
  return undefined;
}

function raggedness(cells: readonly string[], width: number, required: number): string | undefined {
  if (cells.length < required)
    return `${cells.length === 1 ? '1 cell' : `${cells.length} cells`} where the header has ${required}`;
  if (cells.length <= width || isBlank(cells.slice(width))) return undefined;
  return `${cells.length} cells where the header has ${width}; too many: ${quote(cells.slice(width).join(' | '), 80)}`;
}
