import { isoTime } from '../../clock.js';
import { read, type StoreContext, write } from '../engine/context.js';

/** An event as it was received. */
export interface StoredEvent {
  id: number;
  organization: string;
  body: string;
}

/**
 * Keeps events before anything is done with them, in one transaction. One is known, and not kept a second time, when the
 * same delivery has brought the same body.
 */
export async function saveEvents(
  store: StoreContext,
  organization: string,
  deliveryId: string | undefined,
  events: ReadonlyArray<{ bodyHash: string; body: string }>,
): Promise<Array<{ id: number; isNew: boolean }>> {
  const { db } = store;
  const at = isoTime(store.clock.now());
  return write(store, () => {
    const find = db
      .prepare<[string, string, string], number>(
        'SELECT id FROM webhook_events WHERE organization_id = ? AND body_hash = ? AND delivery_id = ?',
      )
      .pluck();
    const insert = db.prepare(
      'INSERT INTO webhook_events (organization_id, delivery_id, body_hash, body, received_at) VALUES (?, ?, ?, ?, ?)',
    );
    return events.map(({ bodyHash, body }) => {
      const known = find.get(organization, bodyHash, deliveryId ?? '');
      if (known !== undefined) return { id: known, isNew: false };
      const { lastInsertRowid } = insert.run(organization, deliveryId ?? '', bodyHash, body, at);
      return { id: Number(lastInsertRowid), isNew: true };
    });
  });
}

/** Events that were stored and not worked off: the process ended in between. */
export async function openEvents(store: StoreContext): Promise<StoredEvent[]> {
  return read(store, () =>
    store.db
      .prepare<[], StoredEvent>(
        'SELECT id, organization_id AS organization, body FROM webhook_events WHERE processed_at IS NULL ORDER BY id',
      )
      .all(),
  );
}

/** Events that should stop somebody, of whom nobody could be stopped because the event does not say who. */
export interface UnreadStops {
  count: number;
  /** When the first of them came. */
  since: string;
}

/** Counts the events since a time (ISO) that should stop somebody and do not say whom; undefined: there are none. */
export async function unreadStops(
  store: StoreContext,
  organization: string,
  from: string,
): Promise<UnreadStops | undefined> {
  return read(store, () => {
    const found = store.db
      .prepare<[string, string], { count: number; since: string | null }>(
        `SELECT count(*) AS count, min(received_at) AS since FROM webhook_events
         WHERE unread_stop = 1 AND organization_id = ? AND received_at >= ?`,
      )
      .get(organization, from);
    return found && found.since !== null ? { count: found.count, since: found.since } : undefined;
  });
}
