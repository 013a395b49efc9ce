import { setTimeout as wait } from 'node:timers/promises';
import type { Database } from 'better-sqlite3';
import type { Clock } from '../../clock.js';
import { isBusy, pause, readPragma } from '../../sqlite.js';
import { explainSqliteError } from './database.js';
import { checkPlace } from './file-place.js';

/** What every file of this room works with. */
export interface StoreContext {
  db: Database;
  path: string;
  clock: Clock;
}

/** Runs `work`, which only reads, and explains what SQLite says when the file is damaged or in use. */
export function read<T>(store: StoreContext, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw explainSqliteError(error, store.path);
  }
}

/** Runs `work` in one IMMEDIATE transaction: a deferred one that turns to writing fails at once when another writes. */
export function write<T>(store: StoreContext, work: () => T): T {
  const deadline = performance.now() + readPragma(store.db, 'busy_timeout');
  return explained(store, () => {
    while (!begins(store.db, deadline)) pause(TRY_EVERY_MS);
    return finish(store.db, work);
  });
}

/**
 * {@link write} for a process with requests on their way: it waits for the lock without holding them up. A claim is
 * committed before its bytes leave; were the next one to stand still for the lock, they would leave long after.
 */
export async function writeInTurn<T>(store: StoreContext, work: () => T): Promise<T> {
  const deadline = performance.now() + readPragma(store.db, 'busy_timeout');
  while (!explained(store, () => begins(store.db, deadline))) await wait(TRY_EVERY_MS);
  return explained(store, () => finish(store.db, work));
}

function explained<T>(store: StoreContext, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw explainSqliteError(error, store.path);
  }
}

/** Runs `work` in the transaction that has begun, and ends it. */
function finish<T>(db: Database, work: () => T): T {
  try {
    const result = work();
    db.prepare('COMMIT').run();
    return result;
  } catch (error) {
    if (db.inTransaction) db.prepare('ROLLBACK').run();
    throw error;
  }
}

/** Between two tries for the write lock, milliseconds. */
const TRY_EVERY_MS = 1;

/**
 * Tries for the write lock, without waiting: SQLite waits longer and longer, up to 100 ms between two tries, and would
 * mostly miss the few milliseconds for which an ingest leaves the lock between its transactions (docs/decisions/0007).
 * Throws BUSY when it is too late to try again.
 */
function begins(db: Database, deadline: number): boolean {
  const patience = readPragma(db, 'busy_timeout');
  db.exec('PRAGMA busy_timeout = 0');
  try {
    checkPlace(db);
    db.prepare('BEGIN IMMEDIATE').run();
    return true;
  } catch (error) {
    if (!isBusy(error) || performance.now() > deadline) throw error;
    return false;
  } finally {
    db.exec(`PRAGMA busy_timeout = ${patience}`);
  }
}
