import { InputBroken } from './input-broken.js';
import { type JsonRows, SAMPLE_ROWS } from './json-rows.js';
import { type JsonShape, readJson } from './read-json.js';
import { readNdjson } from './read-ndjson.js';

const STEP_BYTES = 16 * 1024;
/** Larger objects than a hundred of these are judged by fewer. */
const SAMPLE_BYTES = 256 * 1024;

/**
 * Shows the first objects of a JSON text to its rows, before their columns are given a meaning. What is wrong with the
 * text is said when it is read.
 */
export async function lookAhead(
  file: string,
  head: Buffer,
  leads: JsonShape | 'ndjson',
  rows: JsonRows,
): Promise<void> {
  async function* pieces(): AsyncGenerator<Buffer> {
    const end = Math.min(head.length, SAMPLE_BYTES);
    for (let from = 0; from < end && rows.sample.length < SAMPLE_ROWS; from += STEP_BYTES) {
      yield head.subarray(from, Math.min(end, from + STEP_BYTES));
    }
  }
  const look = { value: (value: unknown) => rows.look(value), unreadable: () => undefined };
  const batches = leads === 'ndjson' ? readNdjson(file, pieces(), look) : readJson(file, pieces(), leads, look);
  try {
    for await (const _ of batches);
  } catch (error) {
    if (!(error instanceof InputBroken)) throw error;
  }
}
