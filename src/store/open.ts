import type { Clock } from '../clock.js';
import { DatabaseError } from '../errors.js';
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

/** Opens an existing store for reading only. */
export async function openStoreReadOnly(path: string, kind: StoreKind, clock: Clock): Promise<StoreContext> {
  const store: StoreContext = { db: openReadOnly(path), path, clock };
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

/** Closes a store; what is left in the write-ahead log goes into the file when nobody else uses it. */
export function closeStore(store: StoreContext): void {
  store.db.close();
}
