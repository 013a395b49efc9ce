import { DatabaseError } from '../errors.js';
import { type StoreContext, write } from './context.js';

/**
 * Ties a database to what it pushes to: Smartlead, or a stand-in on this machine. What is ACTIVE in one is not in the
 * other, so a rehearsal's database must not go on with real leads, nor the other way round. Throws a DatabaseError.
 */
export async function bindTarget(store: StoreContext, target: 'smartlead' | 'this machine'): Promise<void> {
  const found = write(store, () => {
    // As long as nothing has reached anyone, such as a host that does not exist, the database is free.
    const reached = store.db.prepare("SELECT 1 FROM attempts WHERE outcome IS NOT 'not_sent' LIMIT 1").get();
    const write = reached === undefined ? 'REPLACE' : 'IGNORE';
    store.db.prepare(`INSERT OR ${write} INTO about (key, value) VALUES ('target', ?)`).run(target);
    return store.db.prepare<[], string>("SELECT value FROM about WHERE key = 'target'").pluck().get();
  });
  if (found === target) return;
  throw target === 'smartlead'
    ? new DatabaseError(
        `the database ${store.path} was used to rehearse: what it calls ACTIVE is in a stand-in, not in Smartlead`,
        'Name another database with --db.',
      )
    : new DatabaseError(
        `the database ${store.path} holds leads of Smartlead, and the base URL points to this machine`,
        'Name another database with --db, or leave SMARTLEAD_BASE_URL and smartlead.base_url alone.',
      );
}
