import { UsageError } from '../errors.js';
import { CsvRecords, type LineEnd } from './csv-records.js';
import type { TextSource } from './decode.js';
import { normalizeHeader } from './headers.js';
import { sourceFailure } from './source-failure.js';
import { findTable, isBetter, type Table } from './table.js';

/** How a CSV text is written, and where its table begins. */
export interface Dialect extends Table {
  delimiter: string;
  lineEnd: LineEnd;
}

const CANDIDATES = [',', ';', '\t', '|'];
const SAMPLE_BYTES = 128 * 1024;
/** The most records a sample has. */
export const SAMPLE_RECORDS = 120;

/** What the user said that helps to find the table. */
export interface TableHints {
  delimiter?: string | undefined;
  /** Column names the user gave, which count like known headers. */
  named: readonly string[];
  /** Domains will do instead of addresses. */
  domains: boolean;
}

/** Finds delimiter and header in the head of a CSV text. Throws a {@link UsageError} when no header row can be read. */
export async function findDialect(file: string, text: TextSource, hints: TableHints): Promise<Dialect> {
  const complete = text.complete && text.failure === undefined && text.head.length <= SAMPLE_BYTES;
  const head = text.head.subarray(0, SAMPLE_BYTES);
  const lineEnd: LineEnd = /\r*\n|\r/.exec(head.toString('latin1'))?.[0] === '\r' ? '\r' : '\n';
  const told = /^\uFEFF?"?sep=(.)"?(?:\r|\n|$)/i.exec(head.subarray(0, 16).toString())?.[1];
  const fixed = hints.delimiter === undefined ? told : delimiterNamed(hints.delimiter);
  const names = new Set(hints.named.map(normalizeHeader));

  let best: Dialect | undefined;
  for (const delimiter of fixed === undefined ? CANDIDATES : [fixed]) {
    const records = await readSample(head, complete, delimiter, lineEnd);
    const table = findTable(records, told !== undefined ? 1 : 0, names, hints.domains);
    if (table && (!best || isBetter(table.score, best.score))) best = { ...table, delimiter, lineEnd };
  }
  if (!best && text.failure !== undefined)
    throw new UsageError(`${file}: ${sourceFailure(text.failure)}; no row can be read`);
  if (!best) throw new UsageError(`${file}: no header row can be read`, 'Is a quote in the first line never closed?');
  return best;
}

const DELIMITERS: Readonly<Record<string, string>> = {
  '\\t': '\t',
  tab: '\t',
  tabulator: '\t',
  tsv: '\t',
  comma: ',',
  semicolon: ';',
  pipe: '|',
  bar: '|',
  colon: ':',
  space: ' ',
  caret: '^',
  tilde: '~',
};

/** A delimiter by its name (`tab`, `\t`, `comma` …) or as it is. Throws a {@link UsageError}. */
export function delimiterNamed(name: string): string {
  const known = DELIMITERS[name.trim().toLowerCase()];
  if (known !== undefined) return known;
  if (name.length === 1 && !/["\r\n]/.test(name)) return name;
  throw new UsageError(
    `--delimiter ${JSON.stringify(name)} is not one character`,
    'Try --delimiter comma, semicolon, tab or pipe.',
  );
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
