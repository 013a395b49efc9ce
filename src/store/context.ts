import type { Database } from 'better-sqlite3';
import type { Clock } from '../clock.js';
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
  try {
    return store.db.transaction(work).immediate();
  } catch (error) {
    throw explainSqliteError(error, store.path);
  }
}
