import { CsvError, CsvRecords, csvFailure } from './csv-records.js';
import type { Dialect } from './dialect.js';
import { InputBroken } from './input-broken.js';
import { fullBatches } from './rows.js';
import { sourceFailure } from './source-failure.js';

/** Makes rows of records; `line` is where one begins. A record may come to none, such as a blank one. */
export interface RowTaker<Row> {
  /** `odd`: some cell matches {@link ODD}. */
  take(cells: readonly string[], line: number, odd: boolean, rows: Row[]): void;
  /** Nothing follows any more, because the input ended or is broken. */
  end(rows: Row[], broken: boolean): void;
}

/** Cells that need a second look: with a line break, a NUL, or a byte that could not be decoded. */
const ODD = /[\n\r\0\uFFFD]/;

/**
 * The rows of a CSV text, in batches, with true line numbers. Throws {@link InputBroken} after the rows before the damage.
 */
export async function* readCsv<Row>(
  file: string,
  text: AsyncIterable<Buffer>,
  dialect: Dialect,
  taker: RowTaker<Row>,
): AsyncGenerator<Row[]> {
  const rows: Row[] = [];
  let line = 1;
  let toSkip = dialect.skip;
  const records = new CsvRecords(dialect.delimiter, dialect.lineEnd, (cells) => {
    const begins = line;
    const odd = hasOddCell(cells);
    // Line breaks stay in their cells as written, so the cells tell how many lines the record takes.
    line += odd ? 1 + countBreaks(cells, dialect.lineEnd) : 1;
    if (toSkip > 0) {
      toSkip--;
      return;
    }
    taker.take(cells, begins, odd, rows);
  });
  let failure: InputBroken | undefined;
  try {
    for await (const piece of text) {
      await records.feed(piece);
      yield* fullBatches(rows);
    }
    await records.finish();
  } catch (error) {
    failure = new InputBroken(file, line, error instanceof CsvError ? csvFailure(error) : sourceFailure(error));
  } finally {
    records.destroy();
  }
  taker.end(rows, failure !== undefined);
  yield* fullBatches(rows);
  if (rows.length > 0) yield rows;
  if (failure) throw failure;
}

/** Whether some cell matches {@link ODD}. */
export function hasOddCell(cells: readonly string[]): boolean {
  for (const cell of cells) if (ODD.test(cell)) return true;
  return false;
}

function countBreaks(cells: readonly string[], lineEnd: string): number {
  let breaks = 0;
  for (const cell of cells) {
    for (let at = cell.indexOf(lineEnd); at >= 0; at = cell.indexOf(lineEnd, at + 1)) breaks++;
  }
  return breaks;
}
