/** Tables: where they begin, what their columns mean, and the reader of their rows. */
import { UsageError } from '../errors.js';
import { ALIASES } from './aliases.js';
import { unguardFormula } from './apostrophe.js';
import { leadBuilder } from './build-lead.js';
import { type ColumnPlan, ColumnsError, planColumns } from './columns.js';
import { CsvRows } from './csv-rows.js';
import type { TextSource, Unpacked } from './decode.js';
import { findDialect, type TableHints } from './dialect.js';
import { isEmailName } from './email-column.js';
import { normalizeHeader } from './headers.js';
import { describeInput, guesses, type IntakeOptions, type Prepared } from './input-plan.js';
import { quote, quoteList } from './quote.js';
import { readCsv } from './read-csv.js';
import type { Sheet } from './read-xlsx.js';
import { DOMAIN_HEADERS, findTable, type Table } from './table.js';

/** Prepares a delimited text. Throws a {@link UsageError} when it cannot be used. */
export async function prepareCsv(
  name: string,
  place: number,
  text: TextSource,
  options: IntakeOptions,
): Promise<Prepared> {
  const dialect = await findDialect(name, text, hintsOf(options));
  const { rows, columns, header } = tableReader(name, place, dialect, text.encoding, 'csv', options);
  const described = describeInput(name, 'csv', text, header, columns, options, dialect.sample);
  return {
    batches: readCsv(name, text.pieces(), dialect, rows),
    passedOver: () => ({ belowTable: rows.below, furtherContacts: 0 }),
    plan: () => ({
      ...described,
      delimiter: dialect.delimiter,
      notes: [
        ...guesses(text),
        ...dialect.notes,
        ...unusedFlags({ '--sheet': options.sheet }, 'a CSV file'),
        ...described.notes,
      ],
    }),
  };
}

/** Prepares a sheet of an Excel workbook. Throws a {@link UsageError} when it cannot be used. */
export async function prepareSheet(
  name: string,
  place: number,
  source: Unpacked,
  options: IntakeOptions,
): Promise<Prepared> {
  // Loaded here, because most files are no workbooks.
  const { openSheet } = await import('./read-xlsx.js');
  const sheet = await openSheet(name, source.bytes, options.sheet);
  const { named, domains } = hintsOf(options);
  const table = findTable(sheet.head, 0, new Set(named.map(normalizeHeader)), domains);
  if (!table) throw new UsageError(`${name}: the sheet ${quote(sheet.name)} is empty`, otherSheets(sheet.others));
  const { rows, columns, header } = sheetReader(name, place, table, options, sheet);
  const unasked = sheet.others.length > 0 && options.sheet === undefined;
  const chosen = unasked
    ? [`only the sheet ${quote(sheet.name)} is read; --sheet reads ${quoteList(sheet.others)}`]
    : [];
  const flags = { '--delimiter': options.delimiter, '--encoding': options.encoding };
  const form = { compressed: source.compressed, encoding: 'utf-8' };
  const described = describeInput(name, 'xlsx', form, header, columns, options, table.sample);
  return {
    batches: sheet.rows(table.skip, header.length, rows),
    passedOver: () => ({ belowTable: rows.below, furtherContacts: 0 }),
    plan: () => ({
      ...described,
      sheet: sheet.name,
      notes: [...chosen, ...table.notes, ...unusedFlags(flags, 'an Excel workbook'), ...described.notes],
    }),
  };
}

function otherSheets(others: readonly string[]): string {
  return others.length === 0 ? 'It has no other sheet.' : `Name another with --sheet: ${quoteList(others)}`;
}

/** As {@link tableReader}; where the sheet has no e-mail column, the leads may be in another. */
function sheetReader(name: string, place: number, table: Table, options: IntakeOptions, sheet: Sheet) {
  try {
    return tableReader(name, place, table, 'utf-8', 'xlsx', options);
  } catch (error) {
    if (!(error instanceof ColumnsError) || sheet.others.length === 0) throw error;
    const message = `${error.message}; that is the sheet ${quote(sheet.name)}, the others are ${quoteList(sheet.others)}`;
    throw new ColumnsError(
      error.columns,
      message,
      `${error.next ?? ''} Or read another sheet: --sheet "${sheet.others[0]}"`,
    );
  }
}

function hintsOf({ map, fields, signs, delimiter, domains = false }: IntakeOptions): TableHints {
  const lists = [map, fields, signs?.map ?? {}, signs?.fields ?? {}];
  return { named: lists.flatMap((names) => Object.values(names).flat()), delimiter, domains };
}

function unusedFlags(flags: Readonly<Record<string, string | undefined>>, what: string): string[] {
  const given = Object.keys(flags).filter((flag) => flags[flag] !== undefined);
  return given.map((flag) => `${flag} means nothing for ${what}`);
}

/** What makes rows of a table's cells. Throws a {@link UsageError} when its columns cannot be used. */
function tableReader(
  name: string,
  place: number,
  table: Table,
  encoding: string,
  format: 'csv' | 'xlsx',
  options: IntakeOptions,
): { rows: CsvRows; columns: ColumnPlan; header: readonly string[] } {
  if (table.beginsWithLead !== undefined) {
    const above = table.beginsWithLead === 'a domain' ? 'add an e-mail column and put' : 'put';
    throw new UsageError(
      `${name}: the first line looks like ${table.beginsWithLead}, not a header; ${above} a line such as "email,first_name" above it`,
    );
  }
  // The rejects file has both; a file of somebody else's that happens to have one is read as it stands.
  const guarded = ['_line', '_reason'].every((column) => table.header.includes(column));
  const header = guarded ? table.header.map(unguardFormula) : table.header;
  requireText(name, header, encoding);
  const columns = planColumns(name, header, withDomains(header, options), true, table.sample);
  const build = leadBuilder(columns, options.source ?? columns.known?.name ?? format, options.source !== undefined);
  const email = columns.byMeaning.get('email') ?? [];
  return { rows: new CsvRows({ input: place, header, email, encoding, guarded, build }), columns, header };
}

/** Where domains will do, a column of them is used when there is none of addresses. */
function withDomains(header: readonly string[], options: IntakeOptions): IntakeOptions {
  if (options.domains !== true || options.map.email !== undefined) return options;
  const normalized = header.map(normalizeHeader);
  if (normalized.some((name) => ALIASES.email.includes(name)) || header.some(isEmailName)) return options;
  const domain = header.find((_, index) => DOMAIN_HEADERS.includes(normalized[index] ?? ''));
  return domain === undefined ? options : { ...options, fields: { ...options.fields, email: domain } };
}

function requireText(name: string, header: readonly string[], encoding: string): void {
  if (!header.some((cell) => /[\0\uFFFD]/.test(cell))) return;
  throw new UsageError(
    `${name}: the header is not valid ${encoding.toUpperCase()}: ${quoteList(header)}`,
    'Is it a text file? Try another --encoding.',
  );
}
