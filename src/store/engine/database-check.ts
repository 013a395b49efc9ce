import { openSqlite, readPragma } from '../../sqlite.js';
import { read, type StoreContext, write } from './context.js';

/** The version of SQLite that drason works with. Throws what the driver says when it cannot be loaded. */
export function sqliteVersion(): string {
  const db = openSqlite(':memory:');
  try {
    return db.prepare<[], string>('SELECT sqlite_version()').pluck().get() ?? '';
  } finally {
    db.close();
  }
}

/** The schema of a database and what it is for: `live` or `sandbox`. */
export async function describeDatabase(store: StoreContext): Promise<{ schema: number; kind: string }> {
  return read(store, () => ({
    schema: readPragma(store.db, 'user_version'),
    kind: store.db.prepare<[], string>("SELECT value FROM about WHERE key = 'kind'").pluck().get() ?? 'unused',
  }));
}

/** Throws when nothing can be written: only a write finds that out. What it writes is what is there. */
export async function proveWritable(store: StoreContext): Promise<void> {
  write(store, () => store.db.exec('UPDATE about SET value = value'));
}

const MOST_FAULTS = 3;

/** Looks at every page and every index: seconds on a million leads. Returns what SQLite found wrong, or throws. */
export async function findDamage(store: StoreContext): Promise<string[]> {
  const found = read(store, () => store.db.prepare<[], string>(`PRAGMA integrity_check(${MOST_FAULTS})`).pluck().all());
  return found.filter((line) => line !== 'ok');
}
