import { isoTime } from '../../clock.js';
import { read, type StoreContext, write } from '../engine/context.js';
import { thisProcess } from '../engine/owner.js';
import { auditWriter } from '../log/audit.js';
import { noteAcceptedKey } from '../settings/identity.js';

export const STOP_REASONS = [
  'rate_limit',
  'unreachable',
  'auth',
  'cdn_block',
  'redirect',
  'credit_limit',
  'campaign_not_found',
  'request_at_fault',
] as const;
/** Why a key, or a campaign of a key, is not pushed to for now. */
export type StopReason = (typeof STOP_REASONS)[number];

export interface Stop {
  id: number;
  /** '' when the whole key is stopped. */
  campaignId: string;
  reason: StopReason;
  message: string;
  /** When it was refused first. */
  since: string;
  /** When it was tried last. */
  triedAt: string;
  /** Wall clock, for people; null: until a run tries again. */
  until: string | null;
  /** Milliseconds left; null: no end is set; 0: over. */
  leftMs: number | null;
}

interface StopRow {
  id: number;
  campaign_id: string;
  reason: StopReason;
  message: string;
  since: string;
  tried_at: string | null;
  until: string | null;
  boot_id: string;
  until_steady: number | null;
}

/** No stop with an end is set for longer than this, milliseconds; a longer rest comes from a stepped clock. */
export const LONGEST_STOP_MS = 3_600_000;

function toStop({ clock }: StoreContext, row: StopRow): Stop {
  let leftMs: number | null = null;
  if (row.until_steady !== null && row.boot_id === thisProcess().bootId) {
    leftMs = Math.max(0, row.until_steady - clock.steady());
  } else if (row.until !== null) {
    leftMs = Math.min(LONGEST_STOP_MS, Math.max(0, Date.parse(row.until) - clock.now()));
  }
  const { id, reason, message, since, until } = row;
  return { id, campaignId: row.campaign_id, reason, message, since, triedAt: row.tried_at ?? since, until, leftMs };
}

function stillStand(store: StoreContext, rows: StopRow[]): Stop[] {
  return rows.map((row) => toStop(store, row)).filter((stop) => stop.leftMs !== 0 || stop.reason === 'unreachable');
}

/** What is stopped for a key: the key itself first, then campaigns. Stops whose end has come are left out, but `unreachable`. */
export function stopsOf(store: StoreContext, keyId: string): Stop[] {
  const rows = store.db
    .prepare<[string], StopRow>('SELECT * FROM stops WHERE key_id = ? ORDER BY campaign_id, id')
    .all(keyId);
  return stillStand(store, rows);
}

/** Every stop of a key, for people. */
export async function listStops(store: StoreContext, keyId: string): Promise<Stop[]> {
  return read(store, () => stopsOf(store, keyId));
}

/** Lifted by nothing but an answer that shows that they are over: once their time has come they are merely tried again. */
const UNTIL_ANSWERED: readonly StopReason[] = ['unreachable', 'credit_limit'];

/** {@link listStops}, with those whose time has come but of which nothing has shown yet that they are over. */
export async function listUnliftedStops(store: StoreContext, keyId: string): Promise<Stop[]> {
  const rows = () => store.db.prepare<[string], StopRow>('SELECT * FROM stops WHERE key_id = ?').all(keyId);
  return read(store, rows)
    .map((row) => toStop(store, row))
    .filter((stop) => stop.leftMs !== 0 || UNTIL_ANSWERED.includes(stop.reason));
}

/** Every stop of every key, for people who have no key at hand. */
export async function listAllStops(store: StoreContext): Promise<Stop[]> {
  const rows = () => store.db.prepare<[], StopRow>('SELECT * FROM stops ORDER BY campaign_id, id').all();
  return read(store, () => stillStand(store, rows()));
}

/**
 * Stops a key, or one campaign of it. A stop that stands already is renewed, with a new id; one that ends later than
 * the new one would is left. Call inside a transaction.
 */
export function setStop(
  store: StoreContext,
  keyId: string,
  stop: { campaignId: string; reason: StopReason; message: string; forMs: number | null },
): void {
  const now = store.clock.now();
  const forMs = stop.forMs === null ? null : Math.min(LONGEST_STOP_MS, stop.forMs);
  const standing = store.db
    .prepare<[string], StopRow>('SELECT * FROM stops WHERE key_id = ?')
    .all(keyId)
    .map((row) => toStop(store, row))
    .find((other) => other.campaignId === stop.campaignId && other.reason === stop.reason);
  if (forMs !== null && (standing?.leftMs ?? 0) > forMs) return;
  store.db
    .prepare(
      `INSERT OR REPLACE INTO stops (key_id, campaign_id, reason, message, since, tried_at, until, boot_id, until_steady)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    .run(
      keyId,
      stop.campaignId,
      stop.reason,
      stop.message,
      // a pause that Smartlead asks for begins each time; what nothing has lifted goes on
      stop.reason === 'rate_limit' ? isoTime(now) : (standing?.since ?? isoTime(now)),
      isoTime(now),
      forMs === null ? null : isoTime(now + forMs),
      thisProcess().bootId,
      forMs === null ? null : store.clock.steady() + forMs,
    );
}

/** Pauses a key for all processes, as Smartlead asked in answer to a request that pushed nothing. */
export async function pauseKey(store: StoreContext, keyId: string, message: string, forMs: number): Promise<void> {
  write(store, () => setStop(store, keyId, { campaignId: '', reason: 'rate_limit', message, forMs }));
}

const SHORTEST_REST_MS = 60_000;

/**
 * Whether a stop that only an answer can end has rested long enough to be tried: as long as it had stood when it was tried
 * last, but between a minute and an hour. A clock that was set back makes nobody wait.
 */
export function hasRested({ since, triedAt }: Stop, now: number): boolean {
  const tried = Date.parse(triedAt);
  const rest = Math.min(LONGEST_STOP_MS, Math.max(SHORTEST_REST_MS, tried - Date.parse(since)));
  return now < tried || now - tried >= rest;
}

/** Notes that a stop is tried now. Call inside a transaction. */
export function noteTry({ db, clock }: StoreContext, stopId: number): void {
  db.prepare<[string, number]>('UPDATE stops SET tried_at = ? WHERE id = ?').run(isoTime(clock.now()), stopId);
}

/** Moves the end of a stop: whoever probes keeps the others waiting meanwhile. Call inside a transaction. */
export function extendStop(store: StoreContext, stopId: number, forMs: number): void {
  store.db
    .prepare<[string, string, number, number]>('UPDATE stops SET until = ?, boot_id = ?, until_steady = ? WHERE id = ?')
    .run(isoTime(store.clock.now() + forMs), thisProcess().bootId, store.clock.steady() + forMs, stopId);
}

/** Which stops of a key to lift. */
interface Lift {
  reasons: readonly StopReason[];
  /** Only those of this campaign; '' for those of the key itself. */
  campaignId?: string;
  /** Only stops with an id up to this: a success says nothing about what was stopped after it was on its way. */
  upTo?: number;
}

/** Lifts stops of a key. Call inside a transaction. */
export function liftStops(store: StoreContext, keyId: string, { reasons, campaignId, upTo }: Lift): void {
  store.db
    .prepare<[string, string | null, string | null, number, string]>(
      `DELETE FROM stops WHERE key_id = ? AND (? IS NULL OR campaign_id = ?) AND id <= ?
       AND reason IN (SELECT value FROM json_each(?))`,
    )
    .run(keyId, campaignId ?? null, campaignId ?? null, upTo ?? Number.MAX_SAFE_INTEGER, JSON.stringify(reasons));
}

/** Lifts everything that is stopped for a key, as `retry --held --now` asks; a pause Smartlead asked for stays. */
export async function liftEverything(store: StoreContext, keyId: string): Promise<void> {
  write(store, () =>
    liftStops(store, keyId, {
      reasons: STOP_REASONS.filter((reason) => reason !== 'rate_limit'),
    }),
  );
}

/** One stop of a key, as a person names it: a stop that was renewed meanwhile is the same. */
export type StopName = Pick<Stop, 'campaignId' | 'reason'>;

/**
 * Lifts one stop because a person says so, with its row in the audit log. False when it does not stand any more.
 * A pause that Smartlead asked for is not lifted.
 */
export async function liftStop(
  store: StoreContext,
  organization: string,
  keyId: string,
  { campaignId, reason }: StopName,
): Promise<boolean> {
  if (reason === 'rate_limit') return false;
  return write(store, () => {
    const stop = store.db
      .prepare<[string, string, StopReason], Pick<StopRow, 'message' | 'since'>>(
        'DELETE FROM stops WHERE key_id = ? AND campaign_id = ? AND reason = ? RETURNING message, since',
      )
      .get(keyId, campaignId, reason);
    if (!stop) return false;
    const ofKey = campaignId === '';
    const details = { reason, message: stop.message, since: stop.since, ...(ofKey ? {} : { campaign: campaignId }) };
    auditWriter(store, organization)(
      ofKey ? keyId : campaignId,
      { trigger: 'admin', action: 'stop_lifted', details },
      isoTime(store.clock.now()),
      ofKey ? 'key' : 'campaign',
    );
    return true;
  });
}

/** What the answer to one request says about the key. */
interface KeyAnswer {
  stop: Parameters<typeof setStop>[2] | undefined;
  lift: readonly StopReason[];
  upTo: number;
  /** The organization for which Smartlead has accepted the key. */
  acceptedFor: string | undefined;
}

/**
 * Writes down what the answer to a request that claimed no leads says about the key: what stops it from now on, and
 * which reasons, of stops up to `upTo`, are over.
 */
export async function noteAnswer(
  store: StoreContext,
  keyId: string,
  { stop, lift, upTo, acceptedFor }: KeyAnswer,
): Promise<void> {
  write(store, () => {
    if (acceptedFor !== undefined) noteAcceptedKey(store, acceptedFor, keyId);
    liftStops(store, keyId, { reasons: lift, campaignId: '', upTo });
    if (stop) setStop(store, keyId, stop);
  });
}

/** The number of the newest stop there ever was: stops up to here were set before a run began, and it may try them once. */
export async function newestStop(store: StoreContext): Promise<number> {
  return read(store, () => lastStopId(store));
}

/** {@link newestStop}, inside a transaction. */
export function lastStopId({ db }: StoreContext): number {
  return db.prepare<[], number>("SELECT seq FROM sqlite_sequence WHERE name = 'stops'").pluck().get() ?? 0;
}
