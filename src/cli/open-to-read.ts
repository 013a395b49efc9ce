import { DatabaseError } from '../errors.js';
import type { StoreContext } from '../store/context.js';
import type { Context } from './context.js';

/** The store of a command that only reads. Throws DatabaseError where there is no database: none is made. */
export async function openToRead(context: Context): Promise<StoreContext> {
  const store = await context.openExistingStore();
  if (store) return store;
  throw new DatabaseError(
    `there is no database at ${context.databasePath()}`,
    'Run drason ingest first, or name another with --db.',
  );
}
