import { isoTime } from '../../clock.js';
import { TemporaryError } from '../../errors.js';
import { read, type StoreContext, write } from '../engine/context.js';
import { isAlive, thisProcess } from '../engine/owner.js';
import { keepableName } from '../leads/erased.js';

/** One campaign's roster, as far as it was read, and who reads it. */
export interface Reading {
  organization: string;
  campaignId: string;
  /** When its first page was asked for, ISO 8601. What was settled since is not judged by it. */
  startedAt: string;
  nextOffset: number;
  /** What Smartlead said how many leads the campaign has, with the first page and with the last; null: none was read. */
  firstTotal: number | null;
  lastTotal: number | null;
  /** There are no more pages. */
  ended: boolean;
  /** A process that is gone has read a part of it. */
  resumed: boolean;
}

interface ReadingRow {
  key_id: string;
  host: string;
  boot_id: string;
  pid: number;
  process_started: string;
  touched_at: string;
  started_at: string;
  next_offset: number;
  first_total: number | null;
  last_total: number | null;
  ended: number;
}

/** What was read longer ago than this is read anew, milliseconds. */
const LONGEST_READING_MS = 24 * 3_600_000;
/** A process on another machine that has not read a page for so long is taken for gone, milliseconds. */
const LONGEST_PAUSE_MS = 2 * 3_600_000;

function isOwn(row: ReadingRow): boolean {
  const me = thisProcess();
  return row.pid === me.pid && row.host === me.host && row.process_started === me.processStarted;
}

function isTaken({ clock }: StoreContext, row: ReadingRow): boolean {
  if (isOwn(row)) return false;
  const { host, boot_id: bootId, pid, process_started: processStarted } = row;
  const alive = isAlive({ host, bootId, pid, processStarted });
  return alive ?? clock.now() - Date.parse(row.touched_at) < LONGEST_PAUSE_MS;
}

function drop({ db }: StoreContext, organization: string, campaignId: string): void {
  for (const table of ['roster_members', 'roster_readings']) {
    db.prepare(`DELETE FROM ${table} WHERE organization_id = ? AND campaign_id = ?`).run(organization, campaignId);
  }
}

/**
 * Begins to read a campaign's roster, or goes on where a process that is gone has left off, if that was with the same
 * key and less than a day ago. Throws a TemporaryError while another process reads it.
 */
export async function beginReading(
  store: StoreContext,
  keyId: string,
  organization: string,
  campaignId: string,
): Promise<Reading> {
  return write(store, () => {
    const now = store.clock.now();
    const row = store.db
      .prepare<[string, string], ReadingRow>(
        'SELECT * FROM roster_readings WHERE organization_id = ? AND campaign_id = ?',
      )
      .get(organization, campaignId);
    if (row && isTaken(store, row)) {
      throw new TemporaryError(
        `another drason reconcile (process ${row.pid} on ${row.host}) is reading campaign ${campaignId}`,
        'Try again when it has ended.',
      );
    }
    const age = row ? now - Date.parse(row.started_at) : Number.POSITIVE_INFINITY;
    const goesOn = row !== undefined && row.key_id === keyId && age >= 0 && age < LONGEST_READING_MS;
    if (!goesOn) drop(store, organization, campaignId);
    const me = thisProcess();
    const startedAt = goesOn ? row.started_at : isoTime(now);
    store.db
      .prepare(
        `INSERT INTO roster_readings (organization_id, campaign_id, key_id, host, boot_id, pid, process_started,
           touched_at, started_at, next_offset, ended) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0)
         ON CONFLICT DO UPDATE SET host = excluded.host, boot_id = excluded.boot_id, pid = excluded.pid,
           process_started = excluded.process_started, touched_at = excluded.touched_at`,
      )
      .run(organization, campaignId, keyId, me.host, me.bootId, me.pid, me.processStarted, isoTime(now), startedAt);
    return {
      organization,
      campaignId,
      startedAt,
      nextOffset: goesOn ? row.next_offset : 0,
      firstTotal: goesOn ? row.first_total : null,
      lastTotal: goesOn ? row.last_total : null,
      ended: goesOn && row.ended === 1,
      resumed: goesOn && !isOwn(row),
    };
  });
}

function memberWriter(store: StoreContext, { organization, campaignId }: Reading) {
  const nameOf = keepableName(store, organization);
  const save = store.db.prepare<[string, string, string, number, string | null, string]>(
    `INSERT OR REPLACE INTO roster_members (organization_id, campaign_id, email, present, smartlead_lead_id, evidence)
     VALUES (?, ?, ?, ?, ?, ?)`,
  );
  return (email: string, present: boolean, id: string | null, evidence: 'roster' | 'look_up') =>
    save.run(organization, campaignId, nameOf(email), present ? 1 : 0, id, evidence);
}

function countMembers({ db }: StoreContext, { organization, campaignId }: Reading): number {
  return (
    db
      .prepare<[string, string], number>(
        `SELECT count(*) FROM roster_members WHERE organization_id = ? AND campaign_id = ? AND evidence = 'roster'`,
      )
      .pluck()
      .get(organization, campaignId) ?? 0
  );
}

/**
 * Keeps a page in one transaction with the place where the next one begins. The reading has ended when the total is
 * reached, and when a page brings nobody new: a roster whose pages never end must not be read for ever.
 */
export async function savePage(
  store: StoreContext,
  reading: Reading,
  page: { members: ReadonlyMap<string, string>; entries: number; total: number },
): Promise<Reading> {
  return write(store, () => {
    const find = store.db.prepare<[string, string, string], number>(
      'SELECT 1 FROM roster_members WHERE organization_id = ? AND campaign_id = ? AND email = ?',
    );
    const { organization, campaignId } = reading;
    const isNew = [...page.members.keys()].some((email) => !find.get(organization, campaignId, email));
    const save = memberWriter(store, reading);
    for (const [email, id] of page.members) save(email, true, id, 'roster');
    const nextOffset = reading.nextOffset + page.entries;
    const next: Reading = {
      ...reading,
      nextOffset,
      firstTotal: reading.firstTotal ?? page.total,
      lastTotal: page.total,
      ended: !isNew || nextOffset >= page.total,
    };
    store.db
      .prepare(
        `UPDATE roster_readings SET next_offset = ?, first_total = ?, last_total = ?, ended = ?, touched_at = ?
         WHERE organization_id = ? AND campaign_id = ?`,
      )
      .run(
        next.nextOffset,
        next.firstTotal,
        next.lastTotal,
        next.ended ? 1 : 0,
        isoTime(store.clock.now()),
        organization,
        campaignId,
      );
    return next;
  });
}

/** Keeps what a look-up has told about one lead. */
export async function saveLookUp(
  store: StoreContext,
  reading: Reading,
  email: string,
  answer: { present: boolean; smartleadLeadId: string | null },
): Promise<void> {
  write(store, () => memberWriter(store, reading)(email, answer.present, answer.smartleadLeadId, 'look_up'));
}

/** How many different leads the roster's pages have named. */
export async function countRoster(store: StoreContext, reading: Reading): Promise<number> {
  return read(store, () => countMembers(store, reading));
}

/** Forgets what was read of these campaigns, and what processes that are gone have left for longer than it counts. */
export async function dropReadings(
  store: StoreContext,
  organization: string,
  campaignIds: readonly string[],
): Promise<void> {
  write(store, () => {
    for (const id of campaignIds) drop(store, organization, id);
    const outdated = isoTime(store.clock.now() - LONGEST_READING_MS);
    const left = store.db
      .prepare<[string], { organization_id: string; campaign_id: string }>(
        'SELECT organization_id, campaign_id FROM roster_readings WHERE touched_at < ?',
      )
      .all(outdated);
    for (const { organization_id, campaign_id } of left) drop(store, organization_id, campaign_id);
  });
}
