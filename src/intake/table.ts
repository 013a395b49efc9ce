import { ALIASES, isKnownHeader, REJECTS_COLUMNS } from './aliases.js';
import { addressColumns, holdsAddress, isEmailName, saysNothing } from './email-column.js';
import { normalizeHeader } from './headers.js';
import { quoteList } from './quote.js';

/** Where the table begins among the first records of an input. */
export interface Table {
  /** The number of records before the first row: what is above the header, and the header. */
  skip: number;
  /** The header's cells, trimmed. */
  header: string[];
  /** The first records below the header. */
  sample: string[][];
  notes: string[];
  /** How sure it is, then how many headers are known, how even the rows are, and the width. Compare with isBetter. */
  score: readonly number[];
  /** The first line that says anything is a lead (or a domain), and not the only cell of its row. */
  beginsWithLead?: 'a lead' | 'a domain';
}

/** The header is looked for among so many records. */
const HEADER_WITHIN = 20;

/**
 * Finds the header among the first records: the first with an e-mail header, or else the one above a column of
 * addresses. `names` are normalised headers that the user named. A list of addresses alone needs none, nor with `domains`
 * a list of domains. Undefined when all records are blank.
 */
export function findTable(
  records: readonly string[][],
  from: number,
  names: ReadonlySet<string>,
  domains: boolean,
): Table | undefined {
  const begin = records.findIndex((record, index) => index >= from && !isBlank(record));
  if (begin < 0) return undefined;
  const among = records.slice(begin, begin + HEADER_WITHIN).map((cells, place) => ({ cells, index: begin + place }));
  const titles = among.filter(({ cells }) => !isBlank(cells) && !cells.some(holdsAddress));
  const named = titles.find(({ cells }) => hasEmailHeader(cells, names, domains));
  if (named) return tableAt(records, begin, named.index, 3, names);
  const list = listAt(records, begin, domains);
  if (list) return list;
  const above = aboveAddresses(records, begin, titles);
  if (above !== undefined) return tableAt(records, begin, above, 2, names);
  const looks = lookOf(records[begin] ?? []);
  const first = looks === undefined ? (titles.find(({ cells }) => filled(cells) > 1)?.index ?? begin) : begin;
  const table = tableAt(records, begin, first, 0, names);
  return looks === undefined ? table : { ...table, beginsWithLead: looks };
}

const EMAIL_ALIASES: ReadonlySet<string> = new Set(ALIASES.email);

function hasEmailHeader(cells: readonly string[], names: ReadonlySet<string>, domains: boolean): boolean {
  const headers = cells.map(normalizeHeader);
  if (headers.some((name) => name !== '' && (names.has(name) || EMAIL_ALIASES.has(name)))) return true;
  if (domains && headers.some((name) => DOMAIN_HEADERS.includes(name))) return true;
  // A title may speak of e-mail as well: alone in its row, such a name is no proof.
  return filled(cells) > 1 && cells.some((cell) => cell.length <= 60 && isEmailName(cell));
}

/** Headers of a column of domains, normalised. */
export const DOMAIN_HEADERS: readonly string[] = ['domain', 'domains', 'companydomain', 'emaildomain', 'domainname'];

/** The last of the titles that name a column of addresses before the first row that has one; the fullest wins. */
function aboveAddresses(
  records: readonly string[][],
  begin: number,
  titles: readonly { cells: readonly string[]; index: number }[],
): number | undefined {
  const firstLead = records.findIndex((cells, index) => index >= begin && cells.some(holdsAddress));
  if (firstLead < 0) return undefined;
  const rows = records.slice(firstLead);
  const columns = addressColumns(Math.max(...rows.map((cells) => cells.length)), rows);
  const candidates = titles.filter(
    ({ cells, index }) => index < firstLead && columns.some((column) => !saysNothing(cells[column])),
  );
  const fullest = Math.max(...candidates.map(({ cells }) => filled(cells)));
  const best = candidates.filter(({ cells }) => filled(cells) === fullest);
  return (fullest === 1 ? best.at(-1) : best[0])?.index;
}

/** A list of addresses, or of domains, one in a line and nothing else. */
function listAt(records: readonly string[][], begin: number, domains: boolean): Table | undefined {
  const rows = records.slice(begin).filter((cells) => !isBlank(cells));
  const column = rows[0]?.findIndex((cell) => cell.trim() !== '') ?? -1;
  const isEntry = (cell: string) => holdsAddress(cell) || (domains && isDomain(cell));
  if (column < 0 || !isEntry(rows[0]?.[column] ?? '')) return undefined;
  const alone = rows.every((cells) => filled(cells) === 1 && cells[column]?.trim() !== '');
  if (!alone || rows.filter((cells) => isEntry(cells[column] ?? '')).length < rows.length * 0.8) return undefined;
  const header = (rows[0] ?? []).map((_, index) => (index === column ? 'email' : ''));
  const what = domains ? 'addresses or domains' : 'addresses';
  const notes = [`a list of ${what} without a header; its first line is read, too`];
  return { skip: begin, header, sample: records.slice(begin), notes, score: [1, 0, 0, -header.length] };
}

/** A domain as a suppression list has it: `acme.com`, `@acme.com`, `*.acme.com`. */
function isDomain(cell: string): boolean {
  return /^(?:@|\*\.)?(?:[\p{L}\p{N}-]+\.)+[\p{L}-]{2,}\.?$/u.test(cell.trim());
}

function lookOf(cells: readonly string[]): Table['beginsWithLead'] {
  if (cells.some(holdsAddress)) return 'a lead';
  return cells.some(isDomain) && !cells.some((cell) => isKnownHeader(normalizeHeader(cell))) ? 'a domain' : undefined;
}

function tableAt(
  records: readonly string[][],
  begin: number,
  index: number,
  sure: number,
  names: ReadonlySet<string>,
): Table {
  const header = (records[index] ?? []).map((cell) => cell.trim());
  const sample = records.slice(index + 1);
  const titles = records.slice(begin, index).filter((cells) => !isBlank(cells));
  const shown = titles.map((cells) =>
    cells
      .filter((cell) => cell.trim() !== '')
      .join(' ')
      .trim(),
  );
  const lines = titles.length === 1 ? '1 line' : `${titles.length} lines`;
  const notes = titles.length === 0 ? [] : [`${lines} above the header passed over: ${quoteList(shown, 3)}`];
  return { skip: index + 1, header, sample, notes, score: [sure, ...rate(header, sample, names)] };
}

/** Known headers first, then how many rows are as wide as the header, then the width. */
function rate(header: readonly string[], sample: readonly string[][], names: ReadonlySet<string>): number[] {
  const hits = header.filter((cell) => {
    const name = normalizeHeader(cell);
    return isKnownHeader(name) || names.has(name) || REJECTS_COLUMNS.includes(cell);
  });
  const rows = sample.filter((row) => !isBlank(row));
  const even = rows.filter((row) => row.length === header.length).length / Math.max(1, rows.length);
  return [hits.length, header.length > 1 ? even : 0, header.length];
}

/** Whether one score of a {@link Table} beats another. */
export function isBetter(score: readonly number[], than: readonly number[]): boolean {
  const differs = score.findIndex((value, i) => value !== than[i]);
  return differs >= 0 && (score[differs] ?? 0) > (than[differs] ?? 0);
}

function filled(cells: readonly string[]): number {
  return cells.filter((cell) => cell.trim() !== '').length;
}

/** A row without any text, such as an empty line or the `;;;` that spreadsheets leave behind. */
export function isBlank(cells: readonly string[] | undefined): boolean {
  return cells?.every((cell) => cell === '' || cell.trim() === '') ?? true;
}
