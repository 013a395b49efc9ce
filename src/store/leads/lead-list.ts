import { HOLD_REASONS, type HoldReason, type Status } from '../../lead.js';
import { read, type StoreContext } from '../engine/context.js';
import { fromRow, type LeadRow, type SqlValue, type StoredLead } from './lead-rows.js';

/** Which leads to list; every part that is set must fit. */
export interface LeadFilter {
  status?: Status | undefined;
  reason?: HoldReason | undefined;
  campaignId?: string | undefined;
  source?: string | undefined;
  /** ISO 8601 UTC: changed at or after it. */
  since?: string | undefined;
  /** The run that took it in last. */
  runSeq?: number | undefined;
  email?: string | undefined;
  /** Its persona, '' for none, has this key. */
  persona?: { key: string; keyOf: (persona: string) => string } | undefined;
  /** Its address begins so; lower case. */
  addressBegins?: string | undefined;
  /** What follows the @ of its address begins so; lower case. */
  domainBegins?: string | undefined;
  /** Its name, company or address has this text in it, in capitals or not. */
  text?: string | undefined;
}

const likeOf = (column: string) => `${column} LIKE ? ESCAPE '\\'`;
const escaped = (text: string) => text.replace(/[\\%_]/g, '\\$&');

/** No address comes after it. */
export const LAST_ADDRESS = '\u{10ffff}';

/** A range of the index by address. */
function beginningOf(address: string): Condition {
  return ['email >= ? AND email < ?', address, `${address}${LAST_ADDRESS}`];
}

/** SQLite knows the capitals of ASCII only; for other letters the usual spellings are tried one by one. */
function textOf(text: string): Condition {
  const lower = text.toLowerCase();
  const begun = lower.replace(/(?<!\p{L})\p{L}/gu, (letter) => letter.toUpperCase());
  const spellings = /^[\0-\x7f]*$/.test(text) ? [text] : [...new Set([text, lower, begun, text.toUpperCase()])];
  const columns = ["coalesce(first_name, '') || ' ' || coalesce(last_name, '')", 'company', 'email'];
  const places = spellings.flatMap((spelling) => columns.map((column) => [column, `%${escaped(spelling)}%`] as const));
  return [`(${places.map(([column]) => likeOf(`(${column})`)).join(' OR ')})`, ...places.map(([, pattern]) => pattern)];
}

export type Condition = readonly [sql: string, ...values: SqlValue[]];

/** The filter as SQL. */
export function conditionsOf(store: StoreContext, organization: string, filter: LeadFilter): Condition[] {
  const { persona } = filter;
  if (persona) store.db.function('persona_key', (text) => persona.keyOf(typeof text === 'string' ? text : ''));
  const conditions: Array<Condition | undefined> = [
    ['organization_id = ?', organization],
    filter.status && ['status = ?', filter.status],
    filter.reason && ['hold_reason = ?', filter.reason],
    filter.campaignId === undefined ? undefined : ['assigned_campaign_id = ?', filter.campaignId],
    filter.source === undefined ? undefined : ['source = ?', filter.source],
    filter.since === undefined ? undefined : ['updated_at >= ?', filter.since],
    filter.runSeq === undefined ? undefined : ['run_seq = ?', filter.runSeq],
    filter.email === undefined ? undefined : ['email = ?', filter.email],
    filter.persona && ["persona_key(coalesce(persona, '')) = ?", filter.persona.key],
    filter.addressBegins === undefined ? undefined : beginningOf(filter.addressBegins),
    filter.domainBegins === undefined ? undefined : [likeOf('email'), `%@${escaped(filter.domainBegins)}%`],
    filter.text === undefined ? undefined : textOf(filter.text),
  ];
  return conditions.filter((condition) => condition !== undefined);
}

export const sqlOf = (conditions: readonly Condition[]) => conditions.map(([sql]) => sql).join(' AND ');
export const valuesOf = (conditions: readonly Condition[]) => conditions.flatMap(([, ...values]) => values);

/** The places in an index that hold what is looked for, each in the order of `seq`. */
export function indexPlaces(
  organization: string,
  filter: LeadFilter,
): { index: string; places: Condition[] } | undefined {
  const { status, reason, runSeq } = filter;
  const inState = filter.campaignId ?? filter.source ?? filter.since ?? filter.persona;
  const anyReason: Array<HoldReason | null> = status === 'HELD' ? [...HOLD_REASONS] : [...HOLD_REASONS, null];
  const reasons = reason ? [reason] : status !== undefined && status !== 'HELD' ? [null] : anyReason;
  if (filter.email !== undefined) {
    return { index: 'leads_by_email', places: [['organization_id = ? AND email = ?', organization, filter.email]] };
  }
  if (runSeq !== undefined) {
    const places = reasons.map((one): Condition => ['run_seq = ? AND hold_reason IS ?', runSeq, one]);
    return { index: 'leads_by_run', places };
  }
  const state = status ?? (reason ? 'HELD' : undefined);
  if (state === undefined || inState !== undefined) return undefined;
  const places = reasons.map(
    (one): Condition => ['organization_id = ? AND status = ? AND hold_reason IS ?', organization, state, one],
  );
  return { index: 'leads_by_status', places };
}

/** So many leads are read at once. */
const PAGE = 500;
/** Without an index, so many rows of the table are gone through at once: few first, since most filters fit many. */
const FIRST_STRETCH = 2_000;
const LONGEST_STRETCH = 50_000;

/** Reads places of an index from the highest `seq` down; SQLite merges them without sorting. */
function* seqsByIndex(
  store: StoreContext,
  { index, places }: { index: string; places: readonly Condition[] },
  conditions: readonly Condition[],
  before: number,
): Generator<number[]> {
  const arm = (place: Condition) =>
    `SELECT seq FROM leads INDEXED BY ${index} WHERE ${place[0]} AND seq < ? AND ${sqlOf(conditions)}`;
  const find = store.db
    .prepare<SqlValue[], number>(`${places.map(arm).join(' UNION ALL ')} ORDER BY seq DESC LIMIT ?`)
    .pluck();
  let below = before;
  for (;;) {
    const seqs = read(store, () =>
      find.all(...places.flatMap(([, ...values]) => [...values, below, ...valuesOf(conditions)]), PAGE),
    );
    yield seqs;
    const last = seqs.at(-1);
    if (last === undefined) return;
    below = last;
  }
}

/**
 * Goes through the table from the end, a stretch at a time; each is read forwards, which a disk that has to be asked
 * for it does many times faster than backwards.
 */
function* seqsByTable(store: StoreContext, conditions: readonly Condition[], before: number): Generator<number[]> {
  const find = store.db
    .prepare<SqlValue[], number>(
      `SELECT seq FROM leads NOT INDEXED WHERE seq >= ? AND seq < ? AND ${sqlOf(conditions)} ORDER BY seq`,
    )
    .pluck();
  let stretch = FIRST_STRETCH;
  for (let above = before; above > 0; ) {
    const from = Math.max(0, above - stretch);
    const upTo = above;
    yield read(store, () => find.all(from, upTo, ...valuesOf(conditions))).reverse();
    above = from;
    stretch = Math.min(stretch * 2, LONGEST_STRETCH);
  }
}

/** Leads, newest first, a page at a time; from before the lead with the number `before`, where one is given. */
export async function* listLeads(
  store: StoreContext,
  organization: string,
  filter: LeadFilter,
  before?: number,
): AsyncGenerator<StoredLead[]> {
  const conditions = conditionsOf(store, organization, filter);
  const top = before ?? newestNumber(store) + 1;
  const byIndex = indexPlaces(organization, filter);
  const found = byIndex ? seqsByIndex(store, byIndex, conditions, top) : seqsByTable(store, conditions, top);
  // The conditions once more: a lead may have changed since it was found.
  const fetch = store.db.prepare<SqlValue[], LeadRow>(
    `SELECT * FROM leads NOT INDEXED WHERE seq IN (SELECT value FROM json_each(?)) AND ${sqlOf(conditions)} ORDER BY seq DESC`,
  );
  for (const seqs of found) {
    for (let from = 0; from < seqs.length; from += PAGE) {
      const page = JSON.stringify(seqs.slice(from, from + PAGE));
      yield read(store, () => fetch.all(page, ...valuesOf(conditions))).map(fromRow);
    }
  }
}

/** The highest number of any lead; 0 where there is none. */
export function newestNumber(store: StoreContext): number {
  return read(store, () => store.db.prepare<[], number | null>('SELECT max(seq) FROM leads').pluck().get() ?? 0);
}

/** The lead with this id; undefined where there is none. */
export async function leadById(store: StoreContext, organization: string, id: string): Promise<StoredLead | undefined> {
  const row = read(store, () =>
    store.db
      .prepare<[string, string], LeadRow>('SELECT * FROM leads WHERE id = ? AND organization_id = ?')
      .get(id, organization),
  );
  return row && fromRow(row);
}

/** The leads with these addresses, by address. */
export async function leadsByAddress(
  store: StoreContext,
  organization: string,
  emails: readonly string[],
): Promise<Map<string, StoredLead>> {
  const find = store.db.prepare<[string, string], LeadRow>(
    'SELECT * FROM leads WHERE organization_id = ? AND email = ?',
  );
  const rows = read(store, () => emails.map((email) => find.get(organization, email)));
  return new Map(rows.flatMap((row) => (row ? [[row.email, fromRow(row)]] : [])));
}

/** The number of the lead with this id, in whose order leads are listed; undefined where there is none. */
export async function leadNumber(store: StoreContext, organization: string, id: string): Promise<number | undefined> {
  return read(store, () =>
    store.db
      .prepare<[string, string], number>('SELECT seq FROM leads WHERE id = ? AND organization_id = ?')
      .pluck()
      .get(id, organization),
  );
}
