import type { Lead } from '../lead.js';
import type { NoAddress } from './read-address.js';

/** A row that became a lead. */
export interface LeadRow {
  kind: 'lead';
  /** 1-based line of the decoded text on which the row begins. */
  line: number;
  lead: Lead;
  raw: RawRow;
}

/** A row that did not, and why. */
export interface RejectedRow {
  kind: 'rejected';
  line: number;
  reason: string;
  raw: RawRow;
  /** What its e-mail columns say, where they were read: the address, or why it is none. */
  email?: string | NoAddress | undefined;
}

/** A row that somebody is to correct, and why. */
export type RowToCorrect = Pick<RejectedRow, 'line' | 'reason' | 'raw'>;

export type IntakeRow = LeadRow | RejectedRow;

/**
 * What the rejects file needs to write a row again: which input it is of (its place among the names given), and the
 * cells of a CSV row, the object of a JSON element, or the text of what could not be parsed.
 */
export type RawRow =
  | { input: number; cells: readonly string[] }
  | { input: number; object: Readonly<Record<string, unknown>> }
  | { input: number; text: string };

/** About how many rows a batch holds. */
const BATCH_ROWS = 1000;

/** Hands on full batches and keeps the rest: for loops that gather rows faster than they are taken. */
export function* fullBatches<Row>(rows: Row[]): Generator<Row[]> {
  while (rows.length >= BATCH_ROWS) yield rows.splice(0, BATCH_ROWS);
}
