import type { StoreContext } from '../engine/context.js';
import { read } from '../engine/context.js';
import { isAlive } from '../engine/owner.js';
import { isAbandoned, type OpenAttempt } from '../queue/open-attempts.js';
import { type Stop, stopsOf } from '../queue/stops.js';
import { fromRow, type LeadRow, type StoredLead } from './lead-rows.js';
import { suppressionFinder } from './suppressions.js';

/** One row of the audit log. */
export interface AuditRow {
  id: number;
  trigger: string;
  action: string;
  /** As it was written; whoever reads it checks its shape. */
  details: unknown;
  created_at: string;
}

/** A request that was claimed, with what came of it. `outcome` is null while it is on its way. */
export interface AttemptRecord {
  id: number;
  run_seq: number;
  campaign_id: string;
  step: string;
  lead_count: number;
  claimed_at: string;
  settled_at: string | null;
  outcome: string | null;
  http_status: number | null;
  message: string | null;
  /** Smartlead's own counters. */
  answer: unknown;
  host: string;
  pid: number;
  /** It is on its way no more: its process is gone, or has held it for too long. */
  abandoned: boolean;
}

/** A run, as far as a lead's story needs it. */
export interface RunRecord {
  seq: number;
  id: string;
  command: string;
  /** What it was given: file names, or a filter. */
  inputs: unknown;
  started_at: string;
  host: string;
  pid: number;
  /** False: it has ended, or its process is gone. Undefined: it ran on another machine and has not said that it ended. */
  alive: boolean | undefined;
}

/** A lead's proven place in a campaign. */
export interface MembershipRecord {
  campaign_id: string;
  smartlead_lead_id: string | null;
  evidence: string;
  attempt_id: number | null;
  proven_at: string;
}

/** Everything the database knows about one lead, as it was at one moment. */
export interface LeadHistory {
  lead: StoredLead;
  waitingSince: string | null;
  /** Oldest first. */
  audit: AuditRow[];
  attempts: Map<number, AttemptRecord>;
  /** By `seq`: the last that took it in and the one that pushes it; by `id`: those the audit log names. */
  runs: RunRecord[];
  /** Bodies by hash. */
  ruleSets: Map<string, unknown>;
  memberships: MembershipRecord[];
  /** Names by id, of those that are known. */
  campaigns: Map<string, string>;
  suppressedFor: string | undefined;
  /** The address or domain on the list that says so. */
  suppressedBy: string | undefined;
  /** Of the key that was named, else of the key that was last used. */
  stops: Stop[];
}

interface RunRow extends Omit<RunRecord, 'inputs' | 'alive'> {
  inputs: string;
  boot_id: string;
  process_started: string;
  ended_at: string | null;
}

type AttemptRow = Omit<AttemptRecord, 'answer' | 'abandoned'> & OpenAttempt & { answer: string | null };

const list = (values: Iterable<string | number>) => JSON.stringify([...values]);

const RUN_COLUMNS = 'seq, id, command, inputs, started_at, ended_at, host, pid, boot_id, process_started';

function readRuns({ db }: StoreContext, seqs: number[], ids: Iterable<string>): RunRecord[] {
  return db
    .prepare<[string, string], RunRow>(
      `SELECT ${RUN_COLUMNS} FROM runs WHERE seq IN (SELECT value FROM json_each(?))
       UNION SELECT ${RUN_COLUMNS} FROM runs WHERE id IN (SELECT value FROM json_each(?)) ORDER BY seq`,
    )
    .all(list(seqs), list(ids))
    .map(({ seq, id, command, inputs, started_at, host, pid, boot_id, process_started, ended_at }) => {
      const owner = { host, bootId: boot_id, pid, processStarted: process_started };
      const alive = ended_at === null ? isAlive(owner) : false;
      return { seq, id, command, inputs: JSON.parse(inputs), started_at, host, pid, alive };
    });
}

function readAttempts(store: StoreContext, ids: Iterable<number>): Map<number, AttemptRecord> {
  const rows = store.db
    .prepare<[string], AttemptRow>('SELECT * FROM attempts WHERE id IN (SELECT value FROM json_each(?))')
    .all(list(ids));
  return new Map(
    rows.map((row) => {
      const { id, run_seq, campaign_id, step, lead_count, claimed_at, settled_at, outcome, http_status, message } = row;
      const answer: unknown = row.answer === null ? null : JSON.parse(row.answer);
      const abandoned = outcome === null && isAbandoned(row, store.clock);
      const result = { claimed_at, settled_at, outcome, http_status, message, answer, host: row.host, pid: row.pid };
      return [id, { id, run_seq, campaign_id, step, lead_count, ...result, abandoned }];
    }),
  );
}

function lastKeyOf({ db }: StoreContext, organization: string): string | undefined {
  return db
    .prepare<[string], string>(
      `SELECT key_id FROM attempts WHERE organization_id = ? AND settled_at IS NOT NULL
       ORDER BY settled_at DESC LIMIT 1`,
    )
    .pluck()
    .get(organization);
}

/** Values of one name in the details of audit rows, each once. */
function named<T>(audit: readonly AuditRow[], name: string, is: (value: unknown) => value is T): Set<T> {
  const values: unknown[] = audit.map(({ details }) =>
    typeof details === 'object' && details !== null ? Reflect.get(details, name) : undefined,
  );
  return new Set(values.filter(is));
}
const isText = (value: unknown): value is string => typeof value === 'string';
const isNumber = (value: unknown): value is number => typeof value === 'number';

function readHistory(store: StoreContext, organization: string, email: string, keyId: string | undefined) {
  const { db } = store;
  const row = db
    .prepare<[string, string], LeadRow>('SELECT * FROM leads WHERE organization_id = ? AND email = ?')
    .get(organization, email);
  if (!row) return undefined;
  const audit = db
    .prepare<[string], AuditRow & { details: string }>(
      "SELECT id, trigger, action, details, created_at FROM audit_logs WHERE entity_id = ? AND entity = 'lead' ORDER BY id",
    )
    .all(row.id)
    .map((entry): AuditRow => ({ ...entry, details: JSON.parse(entry.details) }));
  const memberships = db
    .prepare<[number], MembershipRecord>(
      `SELECT campaign_id, smartlead_lead_id, evidence, attempt_id, proven_at FROM memberships
       WHERE lead_seq = ? ORDER BY proven_at, campaign_id`,
    )
    .all(row.seq);
  const attemptIds = named(audit, 'attempt', isNumber);
  for (const id of [row.attempt_id, ...memberships.map(({ attempt_id }) => attempt_id)]) {
    if (id !== null) attemptIds.add(id);
  }
  const runSeqs = [row.run_seq, row.push_run_seq].filter(isNumber);
  const ruleSets = db
    .prepare<[string], { hash: string; body: string }>(
      'SELECT hash, body FROM rule_sets WHERE hash IN (SELECT value FROM json_each(?))',
    )
    .all(list(named(audit, 'rules', isText)))
    .map(({ hash, body }): [string, unknown] => [hash, JSON.parse(body)]);
  const campaignIds = named(audit, 'campaign', isText);
  for (const id of [row.assigned_campaign_id, ...memberships.map(({ campaign_id }) => campaign_id)]) {
    if (id !== null) campaignIds.add(id);
  }
  const campaigns = db
    .prepare<[string, string], { id: string; name: string }>(
      'SELECT id, name FROM campaigns WHERE organization_id = ? AND id IN (SELECT value FROM json_each(?))',
    )
    .all(organization, list(campaignIds));
  const key = keyId ?? lastKeyOf(store, organization);
  const suppression = suppressionFinder(store, organization)(email);
  const history: LeadHistory = {
    lead: fromRow(row),
    waitingSince: row.waiting_since,
    audit,
    attempts: readAttempts(store, attemptIds),
    runs: readRuns(store, runSeqs, named(audit, 'run', isText)),
    ruleSets: new Map(ruleSets),
    memberships,
    campaigns: new Map(campaigns.map(({ id, name }) => [id, name])),
    suppressedFor: suppression?.reason,
    suppressedBy: suppression?.value,
    stops: key === undefined ? [] : stopsOf(store, key),
  };
  return history;
}

/**
 * Everything that is known about the lead with this (normalised) address, read in one transaction; undefined when there
 * is none. `keyId` names the key whose stops matter; without it they are those of the key that was last used.
 */
export async function leadHistory(
  store: StoreContext,
  organization: string,
  email: string,
  keyId: string | undefined,
): Promise<LeadHistory | undefined> {
  return read(store, () => store.db.transaction(() => readHistory(store, organization, email, keyId))());
}
