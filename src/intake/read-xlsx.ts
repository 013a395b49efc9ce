import { SaxesParser } from 'saxes';
import { UsageError } from '../errors.js';
import { didYouMean } from '../text/wording.js';
import { SAMPLE_RECORDS } from './dialect.js';
import { InputBroken } from './input-broken.js';
import { quote, quoteList } from './quote.js';
import { hasOddCell, type RowTaker } from './read-csv.js';
import { fullBatches } from './rows.js';
import { type SheetRow, SheetRows } from './sheet-rows.js';
import { type Book, foreignZip, MAX_SHEET_BYTES, openBook, write } from './zip-book.js';

/** A sheet of a workbook, read up to its first rows. */
export interface Sheet {
  name: string;
  /** The other sheets' names. */
  others: string[];
  head: string[][];
  /** All rows, the first included, as what `taker` makes of those after the first `skip`; `width` is the header's. */
  rows<Row>(skip: number, width: number, taker: RowTaker<Row>): AsyncGenerator<Row[]>;
  close(): Promise<void>;
}

/**
 * Opens the first visible sheet of an Excel workbook, or the one that is `wanted`. Throws a {@link UsageError} for a zip
 * archive that is none, or that is damaged, too large or without that sheet.
 */
export async function openSheet(name: string, bytes: AsyncIterable<Buffer>, wanted?: string): Promise<Sheet> {
  const book = await openBook(name, bytes);
  const workbook = partNamed(book, 'xl/workbook.xml');
  if (workbook === undefined) throw foreignZip(book, await textOf(book, 'mimetype'));
  const { sheets, since1904 } = await readWorkbook(book, workbook);
  const targets = await readTargets(book, workbook);
  const readable = sheets.filter(({ id }) => book.has(targets.get(id) ?? ''));
  const sheet = chooseSheet(name, readable, wanted);
  const formats = await readDateFormats(book);
  const strings = await readStrings(book);
  const stream = rowsOf(book, targets.get(sheet.id) ?? '', new SheetRows(strings, formats, since1904));
  const first: SheetRow[] = [];
  let ended = false;
  while (first.length < SAMPLE_RECORDS && !ended) {
    const next = await stream.next();
    if (next.done) ended = true;
    else first.push(...next.value);
  }
  return {
    name: sheet.name,
    others: readable.filter((other) => other !== sheet).map((other) => other.name),
    head: first.slice(0, SAMPLE_RECORDS).map(({ cells }) => cells),
    rows: (skip, width, taker) => takeRows(name, first, stream, skip, width, taker),
    close: async () => void (await stream.return(undefined)),
  };
}

async function* takeRows<Row>(
  name: string,
  first: SheetRow[],
  stream: AsyncGenerator<SheetRow[]>,
  skip: number,
  width: number,
  taker: RowTaker<Row>,
): AsyncGenerator<Row[]> {
  const rows: Row[] = [];
  let toSkip = skip;
  let line = 1;
  let failure: InputBroken | undefined;
  const take = (record: SheetRow) => {
    line = record.line;
    if (toSkip > 0) {
      toSkip--;
      return;
    }
    // A sheet leaves out the empty cells at the end of a row.
    while (record.cells.length < width) record.cells.push('');
    taker.take(record.cells, record.line, hasOddCell(record.cells), rows);
  };
  try {
    for (const record of first.splice(0)) take(record);
    yield* fullBatches(rows);
    for await (const records of stream) {
      for (const record of records) take(record);
      yield* fullBatches(rows);
    }
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    failure = new InputBroken(name, line, error.message);
  }
  taker.end(rows, failure !== undefined);
  yield* fullBatches(rows);
  if (rows.length > 0) yield rows;
  if (failure) throw failure;
}

async function* rowsOf(book: Book, part: string, rows: SheetRows): AsyncGenerator<SheetRow[]> {
  for await (const text of book.pieces(part, MAX_SHEET_BYTES)) {
    write(book.name, rows.parser, text);
    const found = rows.done.splice(0);
    if (found.length > 0) yield found;
  }
}

interface SheetEntry {
  name: string;
  id: string;
  hidden: boolean;
}

function chooseSheet(file: string, sheets: readonly SheetEntry[], wanted: string | undefined): SheetEntry {
  const names = sheets.map(({ name }) => name);
  if (wanted === undefined) {
    const first = sheets.find(({ hidden }) => !hidden) ?? sheets[0];
    if (first) return first;
    throw new UsageError(`${file} has no sheet with a table`, 'Save the table as CSV.');
  }
  const same = (name: string) => name.trim().toLowerCase() === wanted.trim().toLowerCase();
  const found = sheets.find(({ name }) => name === wanted) ?? sheets.find(({ name }) => same(name));
  if (found) return found;
  throw new UsageError(
    `${file} has no sheet ${quote(wanted)}${didYouMean(wanted, names)}; its sheets are ${quoteList(names)}`,
    'Give --sheet one of these names.',
  );
}

async function readWorkbook(book: Book, part: string): Promise<{ sheets: SheetEntry[]; since1904: boolean }> {
  const sheets: SheetEntry[] = [];
  let since1904 = false;
  await eachTag(book, part, (tag, attributes) => {
    if (tag === 'workbookPr') since1904 = /^(?:1|true)$/.test(attributes.date1904 ?? '');
    if (tag !== 'sheet') return;
    const { name = '', id = '', state = 'visible' } = attributes;
    sheets.push({ name, id, hidden: state !== 'visible' });
  });
  return { sheets, since1904 };
}

/** Where the relations of the workbook lead: their ids, and the parts. */
async function readTargets(book: Book, workbook: string): Promise<Map<string, string>> {
  const folder = workbook.slice(0, workbook.lastIndexOf('/') + 1);
  const targets = new Map<string, string>();
  const part = `${folder}_rels/${workbook.slice(folder.length)}.rels`;
  await eachTag(book, part, (tag, { Id = '', Target = '', Type = '' }) => {
    if (tag !== 'Relationship' || !Type.endsWith('/worksheet')) return;
    targets.set(Id, Target.startsWith('/') ? Target.slice(1) : `${folder}${Target}`);
  });
  return targets;
}

/** For each cell style, whether it shows numbers as dates. */
async function readDateFormats(book: Book): Promise<boolean[]> {
  const own = new Map<string, boolean>();
  const styles: boolean[] = [];
  let among = false;
  const part = partNamed(book, 'xl/styles.xml');
  if (part === undefined) return styles;
  await eachTag(book, part, (tag, attributes) => {
    if (tag === 'numFmt') own.set(attributes.numFmtId ?? '', isDateFormat(attributes.formatCode ?? ''));
    if (tag === 'cellXfs') among = true;
    else if (tag === 'cellStyles') among = false;
    if (tag !== 'xf' || !among) return;
    const id = Number(attributes.numFmtId ?? 0);
    styles.push(own.get(String(id)) ?? ((id >= 14 && id <= 22) || (id >= 27 && id <= 36) || (id >= 45 && id <= 58)));
  });
  return styles;
}

function isDateFormat(code: string): boolean {
  const bare = code.replace(/"[^"]*"|\\.|_.|\[(?!h+\]|m+\]|s+\])[^\]]*\]/gi, '');
  return /[dmyhs]/i.test(bare) && !/general/i.test(bare);
}

async function readStrings(book: Book): Promise<string[]> {
  const strings: string[] = [];
  const part = partNamed(book, 'xl/sharedStrings.xml');
  if (part === undefined) return strings;
  const parser = new SaxesParser();
  let text = '';
  let inText = false;
  let phonetic = false;
  parser.on('opentag', ({ name }) => {
    const tag = local(name);
    if (tag === 'si') text = '';
    else if (tag === 'rPh') phonetic = true;
    else if (tag === 't') inText = !phonetic;
  });
  parser.on('text', (piece) => {
    if (inText) text += piece;
  });
  parser.on('closetag', ({ name }) => {
    const tag = local(name);
    if (tag === 't') inText = false;
    else if (tag === 'rPh') phonetic = false;
    else if (tag === 'si') strings.push(text);
  });
  await book.read(part, parser);
  return strings;
}

async function eachTag(
  book: Book,
  part: string,
  see: (tag: string, attributes: Partial<Record<string, string>>) => void,
): Promise<void> {
  const parser = new SaxesParser();
  parser.on('opentag', ({ name, attributes }) => {
    const plain = Object.entries(attributes).map(([key, value]): [string, string] => [local(key), String(value)]);
    see(local(name), Object.fromEntries(plain));
  });
  await book.read(part, parser);
}

function partNamed(book: Book, name: string): string | undefined {
  return book.parts.find((part) => part.toLowerCase() === name.toLowerCase());
}

async function textOf(book: Book, part: string): Promise<string> {
  let text = '';
  for await (const piece of book.pieces(part)) text += piece;
  return text;
}

/** A name without its namespace. */
function local(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}
