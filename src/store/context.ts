import type { Database } from 'better-sqlite3';
import type { Clock } from '../clock.js';
import { isBusy, pause, readPragma } from '../sqlite.js';
import { explainSqliteError } from './database.js';

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
  const { db } = store;
  try {
    begin(db);
    const result = work();
    db.prepare('COMMIT').run();
    return result;
  } catch (error) {
    if (db.inTransaction) db.prepare('ROLLBACK').run();
    throw explainSqliteError(error, store.path);
  }
}

/** Between two tries for the write lock, milliseconds. */
const TRY_EVERY_MS = 1;

/**
 * Waits for the write lock. SQLite waits longer and longer, up to 100 ms between two tries, and would mostly miss the
 * few milliseconds for which an ingest leaves the lock between its transactions (docs/decisions/0007).
 */
function begin(db: Database): void {
  const patience = readPragma(db, 'busy_timeout');
  const deadline = performance.now() + patience;
  db.exec('PRAGMA busy_timeout = 0');
  try {
    for (;;) {
      try {
        db.prepare('BEGIN IMMEDIATE').run();
        return;
      } catch (error) {
        if (!isBusy(error) || performance.now() > deadline) throw error;
        pause(TRY_EVERY_MS);
      }
    }
  } finally {
    db.exec(`PRAGMA busy_timeout = ${patience}`);
  }
}
