import type { Readable } from 'node:stream';
import { UsageError } from '../errors.js';
import { ALIASES, type MappableField, type Meaning } from './aliases.js';
import { unguardFormula } from './apostrophe.js';
import { leadBuilder } from './build-lead.js';
import { openBytes } from './byte-source.js';
import { addressColumns } from './column-names.js';
import {
  type ColumnOptions,
  type ColumnPlan,
  ColumnsError,
  namedByUser,
  planColumns,
  requireColumn,
  requireEmail,
} from './columns.js';
import { CsvRows } from './csv-rows.js';
import { decode, type TextSource, type Unpacked, unpack } from './decode.js';
import { findDialect, type TableHints } from './dialect.js';
import { isEmailName } from './email-column.js';
import { findShape, type Shape } from './format.js';
import { normalizeHeader } from './headers.js';
import { InputBroken } from './input-broken.js';
import { JsonRows } from './json-rows.js';
import { lookAhead } from './look-ahead.js';
import { quote, quoteList } from './quote.js';
import { readCsv } from './read-csv.js';
import { readJson } from './read-json.js';
import { readNdjson } from './read-ndjson.js';
import type { IntakeRow } from './rows.js';
import { sampleNotes } from './sample-notes.js';
import { sniffText } from './sniff.js';
import { sourceFailure } from './source-failure.js';
import type { SignFields } from './stop-signs/sign-fields.js';
import { countStops, type StopCount } from './stop-signs/stop-counts.js';
import { DOMAIN_HEADERS, findTable, type Table } from './table.js';
import { UnusableInputs } from './unusable-inputs.js';
import { findWrappedList } from './wrapped-list.js';

export type { LeadRow, RawRow, RejectedRow } from './rows.js';
export { ColumnsError, InputBroken, type MappableField };

export interface IntakeOptions {
  /** `--map field="Column"`: wins over `fields`. A column that an input lacks is a UsageError. */
  map: Partial<Record<MappableField, string>>;
  /** The rules file's `fields:`. A column that an input lacks is passed over. */
  fields: Partial<Record<MappableField, string>>;
  /** The columns that `--map` and the rules file's `fields:` name as stop signs. */
  signs?: { map: SignFields; fields: SignFields };
  /** Flags that say yes in every row are believed. */
  trusted?: boolean;
  /** What unknown columns become; names are matched like headers. */
  customFields: 'all' | 'none' | string[];
  /** Forced by the user: one character, or the name of one. */
  delimiter?: string;
  /** The sheet of a workbook; else its first. */
  sheet?: string;
  /** A list of domains will do, too, as one of whom not to mail may be. */
  domains?: boolean;
  encoding?: string;
  /** The leads' source field, whatever the input says. */
  source?: string;
  /** What the one input is called where its path says nothing, as that of an uploaded file. */
  shownAs?: string;
  /** At most this many rows over all inputs, rejected ones included. */
  limit?: number;
}

/** What was found out about an input before any of its rows is used. */
export interface InputPlan {
  name: string;
  format: 'csv' | 'xlsx' | 'json' | 'ndjson';
  compressed: boolean;
  encoding: string;
  delimiter?: string;
  sheet?: string;
  /** The known export that the columns tell. */
  source?: string;
  /** The columns of each field, the one with precedence first. */
  mapping: { field: Meaning; column: string }[];
  customFields: string[];
  ignored: string[];
  /** The columns that can stop somebody, with what the first rows say in them. */
  stops: StopCount[];
  /** The columns as the input names them; for JSON those of the first rows. */
  columns: string[];
  notes: string[];
}

export interface OpenInput {
  plan: InputPlan;
  /**
   * The rows in order, in batches of about 1,000; to be read once. Throws {@link InputBroken} after the rows before the
   * damage. Blank rows are passed over.
   */
  rows(): AsyncIterable<IntakeRow[]>;
  /** How many lines below the table had no address and were no rows, such as a total; known after the last row. */
  below(): number;
  /** Lets go of the input; reading it to its end does so too. */
  close(): Promise<void>;
}

/**
 * Opens and checks all inputs ('-' is `stdin`) before the first is used: each is read up to its first rows. What cannot
 * be used at all (missing, empty, no e-mail column, broken before its first row) is a {@link UsageError}.
 */
export async function openInputs(names: string[], options: IntakeOptions, stdin: Readable): Promise<OpenInput[]> {
  if (names.filter((name) => name === '-').length > 1) {
    throw new UsageError('stdin (-) can be read only once', 'Give - once.');
  }
  const budget = { rows: options.limit ?? Number.POSITIVE_INFINITY };
  const inputs: OpenInput[] = [];
  const unusable: UsageError[] = [];
  try {
    for (const [place, name] of names.entries()) {
      try {
        inputs.push(await openInput(name, place, options, stdin, budget));
      } catch (error) {
        if (!(error instanceof UsageError)) throw error;
        unusable.push(error);
      }
    }
    const [only] = unusable;
    if (only) throw unusable.length === 1 ? only : new UnusableInputs(names.length, unusable);
  } catch (error) {
    await Promise.all(inputs.map((input) => input.close()));
    throw error;
  }
  return inputs;
}

async function openInput(
  path: string,
  place: number,
  options: IntakeOptions,
  stdin: Readable,
  budget: { rows: number },
): Promise<OpenInput> {
  const source = await openBytes(path, stdin);
  const name = options.shownAs ?? (path === '-' ? 'stdin' : path);
  try {
    const unpacked = await unpack(name, source.bytes);
    const prepared = unpacked.zip
      ? await prepareSheet(name, place, unpacked, options)
      : await prepareText(name, place, await decode(unpacked, options.encoding), options);
    const first = await firstBatch(prepared.batches);
    const plan = { ...prepared.plan(), name: options.shownAs ?? path };
    if (first.done)
      plan.notes.push(plan.format === 'csv' || plan.format === 'xlsx' ? 'a header, and no row below it' : 'no element');
    return {
      plan,
      rows: () => limited(first, prepared.batches, budget, source.close),
      below: () => prepared.below?.() ?? 0,
      close: source.close,
    };
  } catch (error) {
    await source.close();
    throw error;
  }
}

interface Prepared {
  batches: AsyncGenerator<IntakeRow[]>;
  /** To be called after the first batch was read. */
  plan(): InputPlan;
  /** See {@link OpenInput}. */
  below?(): number;
}

function prepareText(
  name: string,
  place: number,
  text: TextSource,
  options: IntakeOptions,
): Promise<Prepared> | Prepared {
  const shape = findShape(text);
  if (shape === 'empty') throw emptyInput(name, text);
  const foreign = shape === 'csv' ? sniffText(text.head.subarray(0, 8192).toString()) : undefined;
  if (foreign) throw new UsageError(`${name} is ${foreign.name}; ${foreign.next}`);
  return shape === 'csv' ? prepareCsv(name, place, text, options) : prepareJson(name, place, text, shape, options);
}

async function prepareCsv(name: string, place: number, text: TextSource, options: IntakeOptions): Promise<Prepared> {
  const dialect = await findDialect(name, text, hintsOf(options));
  const { rows, columns, header } = tableReader(name, place, dialect, text.encoding, 'csv', options);
  return {
    batches: readCsv(name, text.pieces(), dialect, rows),
    below: () => rows.below,
    plan: () => ({
      ...describe(name, 'csv', text, header, columns, options),
      stops: countStops(columns.signs, dialect.sample),
      delimiter: dialect.delimiter,
      notes: [
        ...guesses(text),
        ...dialect.notes,
        ...unusedFlags({ '--sheet': options.sheet }, 'a CSV file'),
        ...sampleNotes(columns, dialect.sample),
      ],
    }),
  };
}

async function prepareSheet(name: string, place: number, source: Unpacked, options: IntakeOptions): Promise<Prepared> {
  // Loaded here, because most files are no workbooks.
  const { openSheet } = await import('./read-xlsx.js');
  const sheet = await openSheet(name, source.bytes, options.sheet);
  const { named, domains } = hintsOf(options);
  const table = findTable(sheet.head, 0, new Set(named.map(normalizeHeader)), domains);
  if (!table) throw new UsageError(`${name}: the sheet ${quote(sheet.name)} is empty`, 'Name another with --sheet.');
  const { rows, columns, header } = tableReader(name, place, table, 'utf-8', 'xlsx', options);
  const others = sheet.of > 1 && options.sheet === undefined;
  const chosen = others ? [`the sheet ${quote(sheet.name)}, the first of ${sheet.of}; --sheet names another`] : [];
  const flags = { '--delimiter': options.delimiter, '--encoding': options.encoding };
  return {
    batches: sheet.rows(table.skip, header.length, rows),
    below: () => rows.below,
    plan: () => ({
      ...describe(name, 'xlsx', { compressed: source.compressed, encoding: 'utf-8' }, header, columns, options),
      sheet: sheet.name,
      stops: countStops(columns.signs, table.sample),
      notes: [
        ...chosen,
        ...table.notes,
        ...unusedFlags(flags, 'an Excel workbook'),
        ...sampleNotes(columns, table.sample),
      ],
    }),
  };
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

async function prepareJson(
  name: string,
  place: number,
  text: TextSource,
  shape: Exclude<Shape, 'csv' | 'empty'>,
  options: IntakeOptions,
): Promise<Prepared> {
  const isLead = (keys: readonly string[]) => planColumns(name, keys, options, false).byMeaning.has('email');
  const list = shape === 'array' ? undefined : findWrappedList(name, text.head, isLead);
  const leads = list === undefined ? shape : { list };
  const format = leads === 'ndjson' ? 'ndjson' : 'json';
  const rows = new JsonRows(name, place, format, options);
  await lookAhead(name, text.head, leads, rows);
  return {
    batches: leads === 'ndjson' ? readNdjson(name, text.pieces(), rows) : readJson(name, text.pieces(), leads, rows),
    plan: () => {
      const { columns, plan } = rows;
      if (rows.objects > 0) {
        for (const column of namedByUser(options)) requireColumn(name, columns, column);
        if (!plan.byMeaning.has('email')) checkOneAddress(name, columns, rows.sample);
        requireEmail(name, columns, plan.byMeaning);
      }
      const where = list === undefined ? [] : [`the leads are the list in "${list}"`];
      return {
        ...describe(name, format, text, [...columns], plan, options),
        stops: countStops(plan.signs, rows.sample),
        notes: [...where, ...guesses(text), ...sampleNotes(plan, rows.sample)],
      };
    },
  };
}

/** Throws a {@link UsageError} that names the columns when several hold addresses and none is known to be the lead's. */
function checkOneAddress(name: string, columns: readonly string[], sample: JsonRows['sample']): void {
  const found = addressColumns(columns, sample).map((index) => columns[index] ?? '');
  const [first] = found;
  if (first === undefined) return;
  throw new ColumnsError(
    columns,
    `${name}: which column is the lead's e-mail address? Addresses are in ${quoteList(found)}`,
    `Say which: --map email="${first}"`,
  );
}

function describe(
  name: string,
  format: InputPlan['format'],
  text: Pick<TextSource, 'compressed' | 'encoding'>,
  columns: readonly string[],
  plan: ColumnPlan,
  options: ColumnOptions,
): InputPlan {
  const mapping: InputPlan['mapping'] = [];
  for (const [field, places] of plan.byMeaning) {
    for (const index of places) mapping.push({ field, column: columns[index] ?? '' });
  }
  // Said here, because a lead without a persona column gets its title for one.
  const title = plan.byMeaning.get('title')?.[0];
  if (title !== undefined && !plan.byMeaning.has('persona')) {
    mapping.push({ field: 'persona', column: columns[title] ?? '' });
  }
  const known = options.source ?? plan.known?.name;
  return {
    name,
    format,
    compressed: text.compressed,
    encoding: text.encoding,
    ...(known === undefined ? {} : { source: known }),
    mapping,
    customFields: plan.custom.map(({ key }) => key),
    ignored: [...plan.ignored],
    columns: [...columns],
    stops: [],
    notes: [],
  };
}

function guesses(text: TextSource): string[] {
  if (!text.guessed || text.encoding === 'utf-8') return [];
  return [`read as ${text.encoding}, since it is not UTF-8; --encoding sets another`];
}

function requireText(name: string, header: readonly string[], encoding: string): void {
  if (!header.some((cell) => /[\0\uFFFD]/.test(cell))) return;
  throw new UsageError(
    `${name}: the header is not valid ${encoding.toUpperCase()}: ${quoteList(header)}`,
    'Is it a text file? Try another --encoding.',
  );
}

/** Nothing was read: because there is nothing, or because the source broke at once. */
function emptyInput(name: string, { failure }: TextSource): UsageError {
  if (failure === undefined) return new UsageError(`${name} is empty`);
  return new UsageError(`${name}: ${sourceFailure(failure)}; no row can be read`);
}

async function firstBatch(batches: AsyncGenerator<IntakeRow[]>): Promise<IteratorResult<IntakeRow[]>> {
  try {
    return await batches.next();
  } catch (error) {
    if (!(error instanceof InputBroken)) throw error;
    throw new UsageError(`${error.message}; not one row before it could be read`);
  }
}

async function* limited(
  first: IteratorResult<IntakeRow[]>,
  batches: AsyncGenerator<IntakeRow[]>,
  budget: { rows: number },
  close: () => Promise<void>,
): AsyncGenerator<IntakeRow[]> {
  try {
    for (let next = first; !next.done && budget.rows > 0; next = await batches.next()) {
      const rows = next.value.length > budget.rows ? next.value.slice(0, budget.rows) : next.value;
      budget.rows -= rows.length;
      yield rows;
    }
  } finally {
    await batches.return(undefined);
    await close();
  }
}
