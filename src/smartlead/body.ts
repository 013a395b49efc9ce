import { isDeeper, parseExact } from '../exact-json.js';

/** The JSON of an answer, ids beyond 2^53 as texts; undefined for what is no JSON, or nested as no answer is. */
export function readJson(body: string): unknown {
  try {
    const value = parseExact(body);
    return isDeeper(value) ? undefined : value;
  } catch {
    return undefined;
  }
}
