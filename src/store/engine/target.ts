import { DatabaseError } from '../../errors.js';
import { read, type StoreContext, write } from './context.js';

/** What a database pushes to: Smartlead, or a stand-in on this machine. */
export type Target = 'smartlead' | 'this machine';

/** As long as nothing has reached anyone, such as a host that does not exist, the database is free. */
function isFree({ db }: StoreContext): boolean {
  return (
    db.prepare("SELECT 1 FROM attempts WHERE coalesce(outcome, '') NOT IN ('not_sent', 'too_late') LIMIT 1").get() ===
    undefined
  );
}

/** Whether what a database calls ACTIVE is in a stand-in on this machine, not in Smartlead itself. */
export async function isRehearsal(store: StoreContext): Promise<boolean> {
  return read(store, () => boundTo(store) === 'this machine');
}

function boundTo({ db }: StoreContext): string | undefined {
  return db.prepare<[], string>("SELECT value FROM about WHERE key = 'target'").pluck().get();
}

function otherTarget(store: StoreContext, target: Target): DatabaseError {
  return target === 'smartlead'
    ? new DatabaseError(
        `the database ${store.path} was used to rehearse: what it calls ACTIVE is in a stand-in, not in Smartlead`,
        'Name another database with --db.',
      )
    : new DatabaseError(
        `the database ${store.path} holds leads of Smartlead, and the base URL points to this machine`,
        'Name another database with --db, or leave SMARTLEAD_BASE_URL and smartlead.base_url alone.',
      );
}

/**
 * Ties a database to what it pushes to. What is ACTIVE in one target is not in the other, so a rehearsal's database must
 * not go on with real leads, nor the other way round. Throws a DatabaseError.
 */
export async function bindTarget(store: StoreContext, target: Target): Promise<void> {
  const found = write(store, () => {
    const write = isFree(store) ? 'REPLACE' : 'IGNORE';
    store.db.prepare(`INSERT OR ${write} INTO about (key, value) VALUES ('target', ?)`).run(target);
    return boundTo(store);
  });
  if (found !== target) throw otherTarget(store, target);
}

/** What {@link bindTarget} would throw; nothing is bound. */
export async function targetProblem(store: StoreContext, target: Target): Promise<DatabaseError | undefined> {
  return read(store, () => {
    const found = boundTo(store);
    return found === undefined || found === target || isFree(store) ? undefined : otherTarget(store, target);
  });
}
