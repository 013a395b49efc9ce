import { UsageError } from '../errors.js';
import type { StoreContext } from '../store/engine/context.js';
import { findRun, type ListedRun, runIdsLike } from '../store/log/run-list.js';

/**
 * The run of an organization that is meant by its id, by the beginning of it where no other begins so, or by `last`, the
 * newest. Throws a UsageError where there is none, or more than one.
 */
export async function runMeant(store: StoreContext, organization: string, typed: string): Promise<ListedRun> {
  const word = typed.trim().toLowerCase();
  const [id, ...others] = await runIdsLike(store, organization, word);
  if (id !== undefined && others.length > 0) {
    throw new UsageError(`several runs begin with ${typed}: ${[id, ...others].join(', ')}`, 'Give more of the id.');
  }
  const run = id === undefined ? undefined : await findRun(store, organization, id);
  if (run) return run;
  const what = word === 'last' ? 'yet' : typed;
  throw new UsageError(`there is no run ${what} in ${store.path}`, 'drason runs lists them.');
}
