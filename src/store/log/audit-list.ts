import { z } from 'zod';
import { read, type StoreContext } from '../engine/context.js';
import type { SqlValue } from '../leads/lead-rows.js';

/** Which entries of the audit log to list; every part that is set must fit. */
export interface AuditFilter {
  /** About the lead with this address. */
  email?: string | undefined;
  action?: string | undefined;
  trigger?: string | undefined;
  /** Written by the run with this id, or about it. */
  runId?: string | undefined;
  /** Naming this campaign. */
  campaignId?: string | undefined;
  /** ISO 8601 UTC: at or after it. */
  since?: string | undefined;
}

export interface ListedAudit {
  id: number;
  organization_id: string;
  entity: string;
  entity_id: string;
  /** The lead's address; null where the lead is gone, and for a run. */
  email: string | null;
  trigger: string;
  action: string;
  details: Record<string, unknown>;
  created_at: string;
}

type Condition = readonly [sql: string, ...values: SqlValue[]];

/** `details` is written by JSON.stringify: whoever names a value holds this text. It is looked for before JSON is read. */
const named = (key: string, value: string): Condition => [
  `instr(a.details, ?) > 0 AND a.details ->> '$.${key}' = ?`,
  `"${key}":${JSON.stringify(value)}`,
  value,
];

function conditionsOf(organization: string, filter: AuditFilter): Condition[] {
  const conditions: Array<Condition | undefined> = [
    ['a.organization_id = ?', organization],
    filter.email === undefined
      ? undefined
      : ['a.entity_id = (SELECT id FROM leads WHERE organization_id = ? AND email = ?)', organization, filter.email],
    filter.action === undefined ? undefined : ['a.action = ?', filter.action],
    filter.trigger === undefined ? undefined : ['a.trigger = ?', filter.trigger],
    filter.since === undefined ? undefined : ['a.created_at >= ?', filter.since],
    filter.campaignId === undefined ? undefined : named('campaign', filter.campaignId),
    filter.runId === undefined ? undefined : named('run', filter.runId),
  ];
  return conditions.filter((condition) => condition !== undefined);
}

const sqlOf = (conditions: readonly Condition[]) => conditions.map(([sql]) => sql).join(' AND ');
const valuesOf = (conditions: readonly Condition[]) => conditions.flatMap(([, ...values]) => values);
/** One lead's entries are found by its id; all else goes through the log in its own order. */
const indexFor = (filter: AuditFilter) =>
  filter.email === undefined ? 'NOT INDEXED' : 'INDEXED BY audit_logs_by_entity';

/** So many entries are read at once. */
const PAGE = 500;
const FIRST_STRETCH = 2_000;
const LONGEST_STRETCH = 50_000;

/** An entry as it is read; what it says is parsed only when it is shown. */
type EntryRow = Omit<ListedAudit, 'details'> & { details: string };
const SELECT_ENTRIES = `SELECT a.id, a.organization_id, a.entity, a.entity_id, l.email, a.trigger, a.action, a.details,
  a.created_at`;
const JOIN_LEADS = "LEFT JOIN leads AS l ON a.entity = 'lead' AND l.id = a.entity_id";

const detailsSchema = z.record(z.string(), z.unknown()).catch({});

function parseDetails(text: string): Record<string, unknown> {
  try {
    return detailsSchema.parse(JSON.parse(text));
  } catch {
    return {};
  }
}

const parseEntry = (row: EntryRow): ListedAudit => ({ ...row, details: parseDetails(row.details) });

/** Entries with an id above `after` and up to `upTo`, oldest first, a page at a time. */
export async function* listAudit(
  store: StoreContext,
  organization: string,
  filter: AuditFilter,
  after: number,
  upTo: number,
): AsyncGenerator<ListedAudit[]> {
  const conditions = conditionsOf(organization, filter);
  const find = store.db.prepare<SqlValue[], EntryRow>(
    `${SELECT_ENTRIES} FROM audit_logs AS a ${indexFor(filter)} ${JOIN_LEADS}
     WHERE a.id > ? AND a.id <= ? AND ${sqlOf(conditions)} ORDER BY a.id LIMIT ?`,
  );
  for (let from = after; from < upTo; ) {
    const page = read(store, () => find.all(from, upTo, ...valuesOf(conditions), PAGE));
    yield page.map(parseEntry);
    from = page.length < PAGE ? upTo : (page.at(-1)?.id ?? upTo);
  }
}

/** The id of the newest entry of all; 0 for none. */
export async function lastAuditId(store: StoreContext): Promise<number> {
  return read(store, () => store.db.prepare<[], number | null>('SELECT max(id) FROM audit_logs').pluck().get() ?? 0);
}

/**
 * Where in the log the newest `count` entries are: with ids above `after` and up to `upTo`. The log is gone through from
 * its end, a stretch at a time; each is read forwards, which a disk that has to be asked for it does many times faster.
 */
export async function newestEntries(
  store: StoreContext,
  organization: string,
  filter: AuditFilter,
  count: number,
): Promise<{ after: number; upTo: number }> {
  const conditions = conditionsOf(organization, filter);
  const find = store.db
    .prepare<SqlValue[], number>(
      `SELECT a.id FROM audit_logs AS a ${indexFor(filter)}
       WHERE a.id > ? AND a.id <= ? AND ${sqlOf(conditions)} ORDER BY a.id`,
    )
    .pluck();
  const range = { after: 0, upTo: 0 };
  let left = count;
  let stretch = filter.email === undefined ? FIRST_STRETCH : Number.POSITIVE_INFINITY;
  for (let end = await lastAuditId(store); end > 0 && left > 0; ) {
    const from = Math.max(0, end - stretch);
    const ids = read(store, () => find.all(from, end, ...valuesOf(conditions)));
    const first = ids[Math.max(0, ids.length - left)];
    if (first !== undefined) range.after = first - 1;
    range.upTo ||= ids.at(-1) ?? 0;
    left -= ids.length;
    end = from;
    stretch = Math.min(stretch * 2, LONGEST_STRETCH);
  }
  return range;
}

/** A page of the audit log. */
interface AuditPage {
  /** Newest first. */
  entries: ListedAudit[];
  /** The page that goes on begins with this id; 0: the log's beginning was reached. */
  goesOn: number;
  /** False: the time was over before the page was full. */
  full: boolean;
}

/** Entries that are as much older than what is asked for come from before, even where the clock was set meanwhile. */
const CLOCK_SLACK_MS = 86_400_000;

/**
 * The newest entries with an id up to `upTo`, at most `count`, newest first. It ends after about `budgetMs`
 * milliseconds, whatever was found until then.
 */
export async function pageOfAudit(
  store: StoreContext,
  organization: string,
  filter: AuditFilter,
  { upTo, count, budgetMs }: { upTo: number; count: number; budgetMs: number },
): Promise<AuditPage> {
  const conditions = conditionsOf(organization, filter);
  const find = store.db.prepare<SqlValue[], EntryRow>(
    `${SELECT_ENTRIES} FROM audit_logs AS a ${indexFor(filter)} ${JOIN_LEADS}
     WHERE a.id > ? AND a.id <= ? AND ${sqlOf(conditions)} ORDER BY a.id`,
  );
  const deadline = store.clock.steady() + budgetMs;
  const entries: ListedAudit[] = [];
  let stretch = filter.email === undefined ? FIRST_STRETCH : Number.POSITIVE_INFINITY;
  let end = Math.min(upTo, await lastAuditId(store));
  while (end > 0) {
    const from = Math.max(0, end - stretch);
    const found = read(store, () => find.all(from, end, ...valuesOf(conditions)))
      .reverse()
      .slice(0, count - entries.length);
    entries.push(...found.map(parseEntry));
    if (entries.length === count) return { entries, goesOn: (entries.at(-1)?.id ?? 1) - 1, full: true };
    end = filter.since !== undefined && isBefore(store, from, filter.since) ? 0 : from;
    if (end > 0 && store.clock.steady() > deadline) return { entries, goesOn: end, full: false };
    stretch = Math.min(stretch * 2, LONGEST_STRETCH);
  }
  return { entries, goesOn: 0, full: true };
}

/** Whether an entry was written long before a time, and so all that are older. */
function isBefore(store: StoreContext, id: number, since: string): boolean {
  const at = read(store, () =>
    store.db.prepare<[number], string>('SELECT created_at FROM audit_logs WHERE id = ?').pluck().get(id),
  );
  return at !== undefined && Date.parse(at) < Date.parse(since) - CLOCK_SLACK_MS;
}

/** When an entry was written; null where there is none. */
export async function timeOfEntry(store: StoreContext, id: number): Promise<string | null> {
  return read(
    store,
    () =>
      store.db
        .prepare<[number], string>('SELECT created_at FROM audit_logs WHERE id <= ? ORDER BY id DESC LIMIT 1')
        .pluck()
        .get(id) ?? null,
  );
}
