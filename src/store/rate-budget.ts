import { isoTime } from '../clock.js';
import { read, type StoreContext, write } from './context.js';
import { isAlive, thisProcess } from './owner.js';
import { type Stop, stopsOf } from './stops.js';

/** At most `requests` in any `perMs` milliseconds. */
export interface RateWindow {
  requests: number;
  perMs: number;
}

export type TokenAnswer = { token: number; waitMs?: undefined } | { token?: undefined; waitMs: number };

/** A request that has no answer after this long is taken to have ended (docs/smartlead.md: time-out 30 s). */
const TOKEN_LIFE_MS = 60_000;
/** How soon to ask again while only requests without an answer hold the budget. */
const POLL_MS = 25;

interface OpenToken {
  id: number;
  host: string;
  boot_id: string;
  pid: number;
  process_started: string;
  taken_steady: number;
}

/**
 * Ages kept from before the machine started again are taken over from the wall clock, never below zero, so that a
 * stepped clock can only make drason wait one window longer.
 */
function carryOverBoot({ db, clock }: StoreContext, keyId: string): void {
  const { bootId } = thisProcess();
  const foreign = db
    .prepare<[string, string], { id: number; taken_at: string; answered_at: string | null }>(
      'SELECT id, taken_at, answered_at FROM rate_tokens WHERE key_id = ? AND boot_id != ?',
    )
    .all(keyId, bootId);
  const adopt = db.prepare<[string, number, number]>(
    'UPDATE rate_tokens SET boot_id = ?, answered_steady = ? WHERE id = ?',
  );
  for (const token of foreign) {
    const age = Math.max(0, clock.now() - Date.parse(token.answered_at ?? token.taken_at));
    adopt.run(bootId, clock.steady() - age, token.id);
  }
}

/** Requests whose process is gone, or that are long past their time-out, count as answered now. */
function closeAbandoned({ db, clock }: StoreContext, keyId: string): void {
  const open = db
    .prepare<[string], OpenToken>(
      `SELECT id, host, boot_id, pid, process_started, taken_steady FROM rate_tokens
       WHERE key_id = ? AND answered_steady IS NULL`,
    )
    .all(keyId);
  const steady = clock.steady();
  for (const token of open) {
    const owner = { host: token.host, bootId: token.boot_id, pid: token.pid, processStarted: token.process_started };
    const ours = token.pid === process.pid;
    if (steady - token.taken_steady > TOKEN_LIFE_MS || (!ours && isAlive(owner) === false)) {
      stampAnswered({ db, clock }, token.id);
    }
  }
}

function stampAnswered({ db, clock }: Pick<StoreContext, 'db' | 'clock'>, token: number): void {
  db.prepare<[string, number, number]>(
    'UPDATE rate_tokens SET answered_at = ?, answered_steady = ? WHERE id = ? AND answered_steady IS NULL',
  ).run(isoTime(clock.now()), clock.steady(), token);
}

/** How long until one more request fits a window, milliseconds; 0 when it fits now. */
function waitFor({ db, clock }: StoreContext, keyId: string, window: RateWindow): number {
  const steady = clock.steady();
  const since = steady - window.perMs - 1;
  const counted = db
    .prepare<[string, number], { used: number; open: number }>(
      `SELECT count(*) AS used, coalesce(sum(answered_steady IS NULL), 0) AS open FROM rate_tokens
       WHERE key_id = ? AND (answered_steady IS NULL OR answered_steady > ?)`,
    )
    .get(keyId, since);
  const excess = (counted?.used ?? 0) - window.requests;
  if (excess < 0) return 0;
  if ((counted?.open ?? 0) >= window.requests) return POLL_MS;
  const freed = db
    .prepare<[string, number, number], { answered_steady: number }>(
      `SELECT answered_steady FROM rate_tokens WHERE key_id = ? AND answered_steady > ?
       ORDER BY answered_steady LIMIT 1 OFFSET ?`,
    )
    .get(keyId, since, excess);
  return freed ? Math.max(1, freed.answered_steady - since) : POLL_MS;
}

/**
 * Takes the right to send one request now. Call inside a write transaction. The token is free again one window after
 * the *answer* ({@link giveBack}), so no jitter on the way can put more into a window at the server than allowed.
 */
export function takeTokenNow(store: StoreContext, keyId: string, windows: readonly RateWindow[]): TokenAnswer {
  carryOverBoot(store, keyId);
  closeAbandoned(store, keyId);
  const longest = Math.max(...windows.map((window) => window.perMs));
  store.db
    .prepare<[string, number]>('DELETE FROM rate_tokens WHERE key_id = ? AND answered_steady < ?')
    .run(keyId, store.clock.steady() - longest - 1000);
  const waitMs = Math.max(...windows.map((window) => waitFor(store, keyId, window)));
  if (waitMs > 0) return { waitMs };
  const me = thisProcess();
  const inserted = store.db
    .prepare(
      `INSERT INTO rate_tokens (key_id, host, boot_id, pid, process_started, taken_at, taken_steady)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
    )
    .run(keyId, me.host, me.bootId, me.pid, me.processStarted, isoTime(store.clock.now()), store.clock.steady());
  return { token: Number(inserted.lastInsertRowid) };
}

/**
 * {@link takeTokenNow} in a transaction of its own, for requests that claim no leads. A stopped key gives none, unless
 * `passes` says of what stops it that this request may be sent all the same.
 */
export async function takeToken(
  store: StoreContext,
  keyId: string,
  windows: readonly RateWindow[],
  passes: (stop: Stop) => boolean = () => false,
): Promise<TokenAnswer | { stopped: Stop }> {
  return write(store, () => {
    const stop = stopsOf(store, keyId).find((one) => one.campaignId === '' && !passes(one));
    return stop ? { stopped: stop } : takeTokenNow(store, keyId, windows);
  });
}

/**
 * {@link takeToken} for a request that finds out how the key is: of what stops a key only a pause that Smartlead asked
 * for counts.
 */
export async function takeTokenToProbe(
  store: StoreContext,
  keyId: string,
  windows: readonly RateWindow[],
): Promise<TokenAnswer> {
  return write(store, () => {
    const pause = stopsOf(store, keyId).find(({ campaignId, reason }) => campaignId === '' && reason === 'rate_limit');
    return pause?.leftMs ? { waitMs: pause.leftMs } : takeTokenNow(store, keyId, windows);
  });
}

/**
 * How long ago the latest requests of a key were answered, oldest first, milliseconds; 0 for those without an answer.
 * What has left every window may be among them.
 */
export async function recentRequests(store: StoreContext, keyId: string): Promise<number[]> {
  const { bootId } = thisProcess();
  const tokens = read(store, () =>
    store.db
      .prepare<[string], { boot_id: string; answered_at: string | null; answered_steady: number | null }>(
        'SELECT boot_id, answered_at, answered_steady FROM rate_tokens WHERE key_id = ?',
      )
      .all(keyId),
  );
  const ages = tokens.map(({ boot_id, answered_at, answered_steady }) => {
    if (answered_at === null || answered_steady === null) return 0;
    const age =
      boot_id === bootId ? store.clock.steady() - answered_steady : store.clock.now() - Date.parse(answered_at);
    return Math.max(0, age);
  });
  return ages.sort((a, b) => b - a);
}

/** Says that the request was answered, or has failed for certain. */
export async function giveBack(store: StoreContext, token: number): Promise<void> {
  write(store, () => stampAnswered(store, token));
}
