import type { Clock } from '../../clock.js';
import { DatabaseError } from '../../errors.js';
import { readPragma } from '../../sqlite.js';
import { read, type StoreContext, write } from './context.js';
import { openDatabase, openReadOnly, openScratch } from './database.js';

/** What a database is for. A trial must never touch real data, nor the other way round. */
export type StoreKind = 'live' | 'sandbox';

function checkKind(store: StoreContext, kind: StoreKind, mayMark: boolean): void {
  const find = () => store.db.prepare<[], string>("SELECT value FROM about WHERE key = 'kind'").pluck().get();
  let found = read(store, find);
  if (found === undefined && mayMark) {
    found = write(store, () => {
      store.db.prepare("INSERT INTO about (key, value) VALUES ('kind', ?) ON CONFLICT DO NOTHING").run(kind);
      return find();
    });
  }
  if (found !== undefined && found !== kind) {
    const says = found === 'sandbox' ? 'belongs to the sandbox' : 'holds real leads';
    throw new DatabaseError(
      `the database ${store.path} ${says}`,
      found === 'sandbox'
        ? 'Add --sandbox, or name another with --db.'
        : 'Leave --sandbox out, or name another with --db.',
    );
  }
}

/** Opens the store, making the database when `create` is set. Throws DatabaseError or TemporaryError. */
export async function openStore(path: string, kind: StoreKind, clock: Clock, create: boolean): Promise<StoreContext> {
  const store: StoreContext = { db: openDatabase(path, { create }), path, clock };
  try {
    checkKind(store, kind, true);
  } catch (error) {
    store.db.close();
    throw error;
  }
  return store;
}

/** Opens an existing store for reading only. `isOpenHere`: this process, in whichever thread, has it open already. */
export async function openStoreReadOnly(
  path: string,
  kind: StoreKind,
  clock: Clock,
  isOpenHere = false,
): Promise<StoreContext> {
  const store: StoreContext = { db: openReadOnly(path, isOpenHere), path, clock };
  try {
    checkKind(store, kind, false);
  } catch (error) {
    store.db.close();
    throw error;
  }
  return store;
}

/** A store of its own that is gone when it is closed: where a dry run writes. */
export async function openScratchStore(clock: Clock): Promise<StoreContext> {
  return { db: openScratch(), path: 'the scratch database', clock };
}

/**
 * Moves what is in the write-ahead log into the file and empties the log, if nobody reads from it: a long reader may
 * have let it grow. Never waits.
 */
export function checkpoint(store: StoreContext): void {
  if (store.db.readonly) return;
  const timeout = readPragma(store.db, 'busy_timeout');
  try {
    store.db.exec('PRAGMA busy_timeout = 0');
    store.db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  } catch {
    // busy, or no room: the next one does it
  } finally {
    store.db.exec(`PRAGMA busy_timeout = ${timeout}`);
  }
}

/** Closes a store, its write-ahead log emptied as far as nobody else uses it. */
export function closeStore(store: StoreContext): void {
  checkpoint(store);
  store.db.close();
}
