import { unguardFormula } from './apostrophe.js';
import type { LeadBuilder } from './build-lead.js';
import { Footer } from './footer.js';
import { quote } from './quote.js';
import type { RowTaker } from './read-csv.js';
import type { IntakeRow } from './rows.js';
import { isBlank } from './table.js';

export interface CsvRowOptions {
  input: number;
  header: readonly string[];
  /** The columns of the e-mail address. */
  email: readonly number[];
  encoding: string;
  /** The file is drason's own rejects file: what made its cells harmless to a spreadsheet is taken back. */
  guarded: boolean;
  build: LeadBuilder;
}

/** Turns the cells of records into leads or rejected rows; blank records, and what is below the table, are none. */
export class CsvRows implements RowTaker<IntakeRow> {
  private readonly required: number;
  private readonly footer: Footer;

  constructor(private readonly options: CsvRowOptions) {
    // Columns without a name at the end, as spreadsheets leave them, may be missing from a row.
    this.required = options.header.findLastIndex((name) => name !== '') + 1;
    this.footer = new Footer(options.email, this.required);
  }

  /** How many lines below the table were passed over, known when the input has ended. */
  get below(): number {
    return this.footer.lines;
  }

  take(written: readonly string[], line: number, odd: boolean, rows: IntakeRow[]): void {
    if (isBlank(written)) return;
    const { guarded, header, encoding, build, input } = this.options;
    const cells = guarded ? written.map(unguardFormula) : written;
    const fault =
      (odd ? oddity(cells, header, encoding) : undefined) ?? raggedness(cells, header.length, this.required);
    const lead = fault === undefined ? build(cells) : { reason: fault };
    const raw = { input, cells };
    const row: IntakeRow =
      'reason' in lead ? { kind: 'rejected', line, ...lead, raw } : { kind: 'lead', line, lead, raw };
    // What drason itself rejected stays rejected until it is repaired.
    if (guarded) rows.push(row);
    else this.footer.take(cells, row, rows);
  }

  end(rows: IntakeRow[], broken: boolean): void {
    if (broken) this.footer.release(rows);
    else this.footer.end(rows);
  }
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
