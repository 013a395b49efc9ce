import type { ReviewSign } from '../../lead.js';
import { findColumn, normalizeHeader } from '../headers.js';
import { type CellReader, readerOf } from './cell-reader.js';
import { readColumnName } from './column-name.js';
import type { Sign } from './value-words.js';

/**
 * The columns that a user named as stop signs (`--map`, `fields:`); `ignore`: they say nothing about mailing and stay
 * custom fields.
 */
export interface SignFields {
  unsubscribed: readonly string[];
  bounced: readonly string[];
  verifier: readonly string[];
  ignore: readonly string[];
}

export type SignField = keyof SignFields;

export const SIGN_FIELDS: readonly SignField[] = ['unsubscribed', 'bounced', 'verifier', 'ignore'];

export const NO_SIGN_FIELDS: SignFields = { unsubscribed: [], bounced: [], verifier: [], ignore: [] };

/** Which of `fields` names a column; those named first win. */
export function signFieldOf(header: string, ...fields: readonly SignFields[]): SignField | undefined {
  for (const named of fields) {
    const found = SIGN_FIELDS.find((field) => named[field].some((name) => findColumn([header], name) === 0));
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * How a column is read that the user named: every value is decided, by its meaning where that is known. A column whose
 * name means the opposite (`Opt In` for unsubscribed) is read by its name: there a no is the opt-out.
 */
export function namedReader(field: Exclude<SignField, 'ignore'>, header: string): CellReader {
  const { kind, fact } = readColumnName(header);
  if (field === 'verifier') {
    const read = readerOf(kind === 'bad_address' || kind === 'catch_all' ? kind : 'verifier', false);
    return (text) => decided(read(text), 'clear', 'invalid');
  }
  const happened: Sign = field === 'bounced' ? 'bounced' : 'opted_out';
  const opposite = field === 'bounced' ? kind === 'good_address' : kind === 'consent';
  const own = field === 'bounced' ? 'bounce' : 'opt_out';
  const read = readerOf(opposite && kind !== 'unknown' && kind !== 'none' ? kind : own, fact);
  return (text) => decided(read(text), happened, happened);
}

/** What a person's word makes of a sign that would have had to be looked at. */
function decided(sign: Sign | undefined, unclear: Sign, noConsent: Sign): Sign | undefined {
  if (sign === 'unclear' || sign === 'not_to_mail') return unclear;
  return sign === 'no_consent' ? noConsent : sign;
}

/** Reads a sign that a lead is held for once more, by what the user says of its column now; `unread`: still nothing. */
export function rereadSign(sign: ReviewSign, fields: SignFields): Sign | 'unread' {
  const field = signFieldOf(sign.column, fields);
  if (field === undefined) return 'unread';
  return field === 'ignore' ? 'clear' : (namedReader(field, sign.column)(sign.value) ?? 'clear');
}

/** Whether `columns`, normalised, has the column of a sign. */
export function hasColumn(columns: ReadonlySet<string>, sign: ReviewSign): boolean {
  return columns.has(normalizeHeader(sign.column));
}
