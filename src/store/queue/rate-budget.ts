import { type Clock, isoTime } from '../../clock.js';
import { read, type StoreContext, writeInTurn } from '../engine/context.js';
import { isAlive, thisProcess } from '../engine/owner.js';
import { type Stop, stopsOf } from './stops.js';

/** At most `requests` in any `perMs` milliseconds. */
export interface RateWindow {
  requests: number;
  perMs: number;
}

export type TokenAnswer = { token: number; waitMs?: undefined } | { token?: undefined; waitMs: number };

/**
 * The longest window that a setting can have, milliseconds (config/checks.ts). Requests are kept for as long, whatever
 * the windows of who asks: they may be made longer, and another organization of the key may have longer ones.
 */
const LONGEST_WINDOW_MS = 86_400_000;
/** Each asking adds one request at most, and takes away up to so many: all that are too old, in the end. */
const FORGET_AT_ONCE = 20;
/**
 * A request that has no answer after this long is taken to have ended. Longer than a lease (120 s) and the time-out
 * (30 s) together: a process that stood still between claim and socket may write until its lease is over.
 */
export const TOKEN_LIFE_MS = 180_000;
/** So long after it was taken a token may be used by a request that claims no leads, milliseconds: as long as a lease. */
const USE_WITHIN_MS = 120_000;
/** How soon to ask again while only requests without an answer hold the budget. */
const POLL_MS = 25;

interface OpenToken {
  id: number;
  host: string;
  pid: number;
  process_started: string;
  taken_steady: number;
}

/** Of what was kept before the machine started again only the wall clock tells the age, milliseconds, never below zero. */
const AGE_BY_WALL = "max(0, @now - round(unixepoch(coalesce(answered_at, taken_at), 'subsec') * 1000))";
/** Requests of other boots, in two parts: for `!=` SQLite would read every request there is. */
const OTHER_BOOTS = ['boot_id < @boot', 'boot_id > @boot'] as const;

/**
 * Takes over what was kept before the machine started again, of every key. A stepped clock can only make drason wait one
 * window longer.
 */
function carryOverBoot({ db, clock }: StoreContext): void {
  const now = { boot: thisProcess().bootId, now: clock.now(), steady: clock.steady() };
  for (const others of OTHER_BOOTS) {
    db.prepare<[typeof now]>(
      `UPDATE rate_tokens SET boot_id = @boot, answered_steady = @steady - ${AGE_BY_WALL} WHERE ${others}`,
    ).run(now);
  }
}

/** Deletes some of what no window can count any more, the oldest first, whatever their key: it may be in use no more. */
function forgetOldest({ db, clock }: StoreContext): void {
  db.prepare<[number, number]>(
    `DELETE FROM rate_tokens WHERE id IN (SELECT id FROM rate_tokens ORDER BY id LIMIT ?)
     AND coalesce(answered_steady, taken_steady) < ?`,
  ).run(FORGET_AT_ONCE, clock.steady() - LONGEST_WINDOW_MS - 1000);
}

/**
 * Requests whose process is gone, or that are long past their time-out, count as answered now. How many are still
 * without an answer.
 */
function closeAbandoned({ db, clock }: StoreContext, keyId: string): number {
  const { bootId } = thisProcess();
  const open = db
    .prepare<[string, string], OpenToken>(
      `SELECT id, host, pid, process_started, taken_steady FROM rate_tokens
       WHERE boot_id = ? AND key_id = ? AND answered_steady IS NULL`,
    )
    .all(bootId, keyId);
  const steady = clock.steady();
  const abandoned = open.filter(({ host, pid, process_started, taken_steady }) => {
    if (steady - taken_steady > TOKEN_LIFE_MS) return true;
    return pid !== process.pid && isAlive({ host, bootId, pid, processStarted: process_started }) === false;
  });
  for (const { id } of abandoned) stampAnswered({ db, clock }, id);
  return open.length - abandoned.length;
}

function stampAnswered({ db, clock }: Pick<StoreContext, 'db' | 'clock'>, token: number): void {
  db.prepare<[string, number, number]>(
    'UPDATE rate_tokens SET answered_at = ?, answered_steady = ? WHERE id = ? AND answered_steady IS NULL',
  ).run(isoTime(clock.now()), clock.steady(), token);
}

/**
 * How long until one more request fits a window, milliseconds; 0 when it fits now. Reads no more requests than the
 * window allows, however many it holds: it has room again when the first of the latest so many has left it.
 */
function waitFor({ db, clock }: StoreContext, keyId: string, window: RateWindow, open: number): number {
  if (open >= window.requests) return POLL_MS;
  const since = clock.steady() - window.perMs - 1;
  const first = db
    .prepare<[string, string, number, number], { answered_steady: number }>(
      `SELECT answered_steady FROM rate_tokens WHERE boot_id = ? AND key_id = ? AND answered_steady > ?
       ORDER BY answered_steady DESC LIMIT 1 OFFSET ?`,
    )
    .get(thisProcess().bootId, keyId, since, window.requests - open - 1);
  return first ? Math.max(1, first.answered_steady - since) : 0;
}

/**
 * Takes the right to send one request now. Call inside a write transaction. The token is free again one window after
 * the *answer* ({@link giveBack}), so no jitter on the way can put more into a window at the server than allowed.
 */
export function takeTokenNow(store: StoreContext, keyId: string, windows: readonly RateWindow[]): TokenAnswer {
  carryOverBoot(store);
  forgetOldest(store);
  const open = closeAbandoned(store, keyId);
  const waitMs = Math.max(...windows.map((window) => waitFor(store, keyId, window, open)));
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
  return writeInTurn(store, () => {
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
  return writeInTurn(store, () => {
    const pause = stopsOf(store, keyId).find(({ campaignId, reason }) => campaignId === '' && reason === 'rate_limit');
    return pause?.leftMs ? { waitMs: pause.leftMs } : takeTokenNow(store, keyId, windows);
  });
}

/**
 * How long ago the requests of a key were answered that the longest of the windows may count, oldest first,
 * milliseconds; 0 for those without an answer. What has left every window may be among them.
 */
export async function recentRequests(
  store: StoreContext,
  keyId: string,
  windows: readonly RateWindow[],
): Promise<number[]> {
  const steady = store.clock.steady();
  const since = steady - Math.max(...windows.map(({ perMs }) => perMs));
  const asked = { boot: thisProcess().bootId, key: keyId, now: store.clock.now(), steady, since };
  const ofKey = 'FROM rate_tokens WHERE key_id = @key AND';
  return read(store, () =>
    store.db
      .prepare<[typeof asked], number>(
        `SELECT 0 AS age ${ofKey} boot_id = @boot AND answered_steady IS NULL
         UNION ALL
         SELECT max(0, @steady - answered_steady) ${ofKey} boot_id = @boot AND answered_steady > @since
         ${OTHER_BOOTS.map((others) => `UNION ALL SELECT ${AGE_BY_WALL} ${ofKey} ${others}`).join(' ')}
         ORDER BY age DESC`,
      )
      .pluck()
      .all(asked),
  );
}

/** Says that the request was answered, or has failed for certain. */
export async function giveBack(store: StoreContext, token: number): Promise<void> {
  await writeInTurn(store, () => stampAnswered(store, token));
}

/** Whether a request may still be written with its token: a process may have stood still since it took it. */
export class TokenGate {
  late = false;
  readonly #clock: Clock;
  readonly #until: { steady: number; wall: number };

  /** Made before the token is asked for. */
  constructor(clock: Clock) {
    this.#clock = clock;
    this.#until = { steady: clock.steady() + USE_WITHIN_MS, wall: clock.now() + USE_WITHIN_MS };
  }

  /** To be asked at the moment of writing. */
  readonly mayWrite = (): boolean => {
    this.late = this.#clock.steady() >= this.#until.steady || this.#clock.now() >= this.#until.wall;
    return !this.late;
  };
}
