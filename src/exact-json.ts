/** JSON without numbers that JavaScript would round. */
/** How deep an element may be nested. A lead has no use for more than two levels. */
export const MAX_DEPTH = 64;

/** What the depth error says, in a line of NDJSON as in an array. */
export const TOO_DEEP = `nested more than ${MAX_DEPTH} levels deep`;

/**
 * Like JSON.parse, but a number that JavaScript cannot hold exactly (`1e400`, `9007199254740993`) becomes the text as it
 * is written. Throws a SyntaxError.
 */
export function parseExact(text: string): unknown {
  const value: unknown = JSON.parse(text);
  if (!/[\d.]{16}|\d[eE]/.test(text)) return value;
  return JSON.parse(text.replace(TOKENS, (token) => (token.startsWith('"') || isExact(token) ? token : `"${token}"`)));
}

/** Strings and numbers of a text that is known to be valid JSON. */
const TOKENS = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*/g;

/** Whether a JSON number, as written, survives being a JavaScript number. */
export function isExact(number: string): boolean {
  const value = Number(number);
  if (!Number.isFinite(value) || Math.abs(value) > Number.MAX_SAFE_INTEGER) return false;
  if (value === 0) return !/^[^eE]*[1-9]/.test(number);
  const digits = number
    .replace(/[eE].*$/, '')
    .replace(/\D/g, '')
    .replace(/^0+/, '');
  return digits.length <= 15 || String(value) === number;
}

/** Whether a value is nested more than `limit` levels deep. */
export function isDeeper(value: unknown, limit = MAX_DEPTH): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return limit === 0 || Object.values(value).some((inner) => isDeeper(inner, limit - 1));
}

/** A JSON object, no array. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A value as a cell: scalars as they are, null as nothing, objects and arrays as JSON text. */
export function toScalar(value: unknown): string | number | boolean | undefined {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  return value === null || value === undefined ? undefined : JSON.stringify(value);
}
