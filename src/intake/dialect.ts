import { UsageError } from '../errors.js';
import { isKnownHeader, REJECTS_COLUMNS } from './aliases.js';
import { CsvRecords, type LineEnd } from './csv-records.js';
import type { TextSource } from './decode.js';
import { normalizeHeader } from './headers.js';
import { sourceFailure } from './source-failure.js';

/** How a CSV text is written. */
export interface Dialect {
  delimiter: string;
  lineEnd: LineEnd;
  /** The number of records before the header: a `sep=` line, a preamble, blank lines. */
  skip: number;
  /** The header's cells, trimmed. */
  header: string[];
  /** The first records below the header, up to about 100. */
  sample: string[][];
  notes: string[];
}

const CANDIDATES = [',', ';', '\t', '|'];
const SAMPLE_BYTES = 128 * 1024;
const SAMPLE_RECORDS = 100;

/**
 * Finds delimiter and header in the head of a CSV text. `named` are column names the user gave, which count like known
 * headers. Throws a {@link UsageError} when no header row can be read.
 */
export async function findDialect(
  file: string,
  text: TextSource,
  forced: string | undefined,
  named: readonly string[],
): Promise<Dialect> {
  const complete = text.complete && text.failure === undefined && text.head.length <= SAMPLE_BYTES;
  const head = text.head.subarray(0, SAMPLE_BYTES);
  const lineEnd: LineEnd = /\r*\n|\r/.exec(head.toString('latin1'))?.[0] === '\r' ? '\r' : '\n';
  const told = /^\uFEFF?"?sep=(.)"?(?:\r|\n|$)/i.exec(head.subarray(0, 16).toString())?.[1];
  const fixed = forced === undefined ? told : delimiterNamed(forced);
  const names = new Set(named.map(normalizeHeader));

  let best: { dialect: Dialect; score: readonly number[] } | undefined;
  for (const delimiter of fixed === undefined ? CANDIDATES : [fixed]) {
    const records = await readSample(head, complete, delimiter, lineEnd);
    const found = findHeader(records, told !== undefined ? 1 : 0);
    if (!found) continue;
    const score = rate(records.slice(found.index), names);
    if (best && !isBetter(score, best.score)) continue;
    const header = (records[found.index] ?? []).map((cell) => cell.trim());
    const sample = records.slice(found.index + 1);
    best = { dialect: { delimiter, lineEnd, skip: found.index, header, sample, notes: found.notes }, score };
  }
  if (!best && text.failure !== undefined)
    throw new UsageError(`${file}: ${sourceFailure(text.failure)}; no row can be read`);
  if (!best) throw new UsageError(`${file}: no header row can be read`, 'Is a quote in the first line never closed?');
  return best.dialect;
}

/** `\t` and `tab` as people type them, else one character. Throws a {@link UsageError}. */
function delimiterNamed(name: string): string {
  if (name === '\\t' || name.toLowerCase() === 'tab') return '\t';
  if (name.length === 1 && !/["\r\n]/.test(name)) return name;
  throw new UsageError(`the delimiter ${JSON.stringify(name)} is not one character`, 'Try --delimiter ";" or tab.');
}

async function readSample(sample: Buffer, complete: boolean, delimiter: string, lineEnd: LineEnd): Promise<string[][]> {
  const records: string[][] = [];
  const parser = new CsvRecords(delimiter, lineEnd, (cells) => {
    if (records.length < SAMPLE_RECORDS) records.push(cells);
  });
  try {
    await parser.feed(sample);
    if (complete) await parser.finish();
  } catch {
    // Broken further down, or by a wrong delimiter: what came before is judged. Reading the rows reports it.
  } finally {
    parser.destroy();
  }
  return records;
}

function findHeader(records: readonly string[][], from: number): { index: number; notes: string[] } | undefined {
  let index = from;
  while (index < records.length && isBlank(records[index])) index++;
  // LinkedIn begins with "Notes:" and a paragraph; a blank line separates them from the header.
  if (/^notes:?$/i.test(records[index]?.[0]?.trim() ?? '') && records[index]?.slice(1).every((cell) => cell === '')) {
    let after = index;
    while (after < records.length && !isBlank(records[after])) after++;
    while (after < records.length && isBlank(records[after])) after++;
    if (after < records.length) return { index: after, notes: ['the notes before the header were skipped'] };
  }
  return index < records.length ? { index, notes: [] } : undefined;
}

/** Known headers first, then how many rows are as wide as the header, then the width. */
function rate(records: readonly string[][], names: ReadonlySet<string>): readonly number[] {
  const [header = [], ...rows] = records;
  const hits = header.filter((cell) => {
    const name = normalizeHeader(cell);
    return isKnownHeader(name) || names.has(name) || REJECTS_COLUMNS.includes(cell.trim());
  });
  const filled = rows.filter((row) => !isBlank(row));
  const even = filled.filter((row) => row.length === header.length).length / Math.max(1, filled.length);
  return [hits.length, header.length > 1 ? even : 0, header.length];
}

function isBetter(score: readonly number[], than: readonly number[]): boolean {
  const differs = score.findIndex((value, i) => value !== than[i]);
  return differs >= 0 && (score[differs] ?? 0) > (than[differs] ?? 0);
}

/** A row without any text, such as an empty line or the `;;;` that spreadsheets leave behind. */
export function isBlank(cells: readonly string[] | undefined): boolean {
  return cells?.every((cell) => cell === '' || cell.trim() === '') ?? true;
}
