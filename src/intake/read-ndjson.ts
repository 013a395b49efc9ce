import { isDeeper, parseExact, TOO_DEEP } from '../exact-json.js';
import { InputBroken } from './input-broken.js';
import { explainLine } from './json-fault.js';
import { visible } from './quote.js';
import { fullBatches } from './rows.js';
import { sourceFailure } from './source-failure.js';

/** Makes rows of JSON values and of text that is none. */
export interface RowOfJson<Row> {
  value(value: unknown, line: number): Row;
  unreadable(text: string, line: number, reason: string): Row;
}

const MAX_LINE_BYTES = 1024 * 1024;

/**
 * The rows of NDJSON, in batches: one value a line; a bad line costs that line, blank ones are skipped. Throws
 * {@link InputBroken} after the rows before the damage when the source breaks off.
 */
export async function* readNdjson<Row>(
  file: string,
  text: AsyncIterable<Buffer>,
  rowOf: RowOfJson<Row>,
): AsyncGenerator<Row[]> {
  const rows: Row[] = [];
  let line = 1;
  let parts: Buffer[] = [];
  let length = 0;
  const keep = (part: Buffer) => {
    length += part.length;
    // Of a line that is too long only the beginning is kept, to show it.
    if (length <= MAX_LINE_BYTES || parts.length === 0) parts.push(part.subarray(0, MAX_LINE_BYTES));
  };
  const endLine = () => {
    const whole = Buffer.concat(parts).toString('utf8').trim();
    if (length > MAX_LINE_BYTES)
      rows.push(rowOf.unreadable(visible(whole, 200), line, 'this line is larger than 1 MiB'));
    else if (whole !== '') rows.push(rowOfLine(whole, line, rowOf));
    parts = [];
    length = 0;
  };
  let failure: InputBroken | undefined;
  try {
    for await (const piece of text) {
      let from = 0;
      for (let end = piece.indexOf(10); end >= 0; end = piece.indexOf(10, from)) {
        keep(piece.subarray(from, end));
        endLine();
        line++;
        from = end + 1;
      }
      if (from < piece.length) keep(piece.subarray(from));
      yield* fullBatches(rows);
    }
    endLine();
  } catch (error) {
    failure = new InputBroken(file, line, sourceFailure(error));
  }
  yield* fullBatches(rows);
  if (rows.length > 0) yield rows;
  if (failure) throw failure;
}

function rowOfLine<Row>(text: string, line: number, rowOf: RowOfJson<Row>): Row {
  let value: unknown;
  try {
    value = parseExact(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return rowOf.unreadable(text, line, `not valid JSON at ${visible(explainLine(text, error.message), 160)}`);
  }
  return isDeeper(value) ? rowOf.unreadable(text, line, TOO_DEEP) : rowOf.value(value, line);
}
