import { read, type StoreContext } from '../engine/context.js';
import { GROUPS_PER_ATTEMPT } from './settling.js';

interface Sent {
  id: number;
  push_group: number | null;
  http_status: number | null;
}

/**
 * The attempt before this one that had the same leads, or, after a split, the batch that they come from. One that did not
 * get as far as the leads (a pause, a setting that is not known, no answer) says nothing about them.
 */
function before({ db }: StoreContext, attempt: Pick<Sent, 'id' | 'push_group'>): Sent | undefined {
  const { push_group: group, id } = attempt;
  if (group === null) return undefined;
  const madeBy = Math.floor(group / GROUPS_PER_ATTEMPT);
  return db
    .prepare<[number, number, number, number], Sent>(
      `SELECT id, push_group, http_status FROM attempts WHERE id BETWEEN ? AND ? AND (push_group = ? OR id = ?)
         AND (http_status >= 500 OR outcome = 'evidence')
       ORDER BY id DESC LIMIT 1`,
    )
    .get(madeBy, id - 1, group, madeBy);
}

/**
 * Whether it is these leads that Smartlead fails for, and no outage: they have met the same status before, and since
 * they met it first it has answered another request of the key as it should. Halves go by what their batch has met.
 */
export async function failsForThese(
  store: StoreContext,
  keyId: string,
  claim: { attemptId: number; group: number | null },
  status: number,
): Promise<boolean> {
  const good = store.db.prepare<[number, string]>(
    "SELECT 1 FROM attempts WHERE id > ? AND key_id = ? AND outcome = 'evidence' LIMIT 1",
  );
  return read(store, () => {
    let first: number | undefined;
    let attempt = before(store, { id: claim.attemptId, push_group: claim.group });
    while (attempt && attempt.http_status === status) {
      first = attempt.id;
      attempt = before(store, attempt);
    }
    return first !== undefined && good.get(first, keyId) !== undefined;
  });
}
