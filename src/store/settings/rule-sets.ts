import { isoTime } from '../../clock.js';
import { type StoreContext, write } from '../engine/context.js';

/** Keeps the rules that decisions refer to by hash, so that they can be explained after the file has changed. */
export async function saveRuleSet(
  store: StoreContext,
  organization: string,
  hash: string,
  body: unknown,
): Promise<void> {
  write(store, () =>
    store.db
      .prepare(
        'INSERT INTO rule_sets (hash, organization_id, body, created_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
      )
      .run(hash, organization, JSON.stringify(body), isoTime(store.clock.now())),
  );
}
