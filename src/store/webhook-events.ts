import { isoTime } from '../clock.js';
import { read, type StoreContext, write } from './context.js';

/** An event as it was received. */
export interface StoredEvent {
  id: number;
  organization: string;
  body: string;
}

/** Keeps an event before anything is done with it. Undefined: this delivery, or the very same event, is known. */
export async function saveEvent(
  store: StoreContext,
  event: { organization: string; deliveryId: string | undefined; bodyHash: string; body: string },
): Promise<number | undefined> {
  const at = isoTime(store.clock.now());
  const inserted = write(store, () =>
    store.db
      .prepare(
        `INSERT INTO webhook_events (organization_id, delivery_id, body_hash, body, received_at) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT DO NOTHING`,
      )
      .run(event.organization, event.deliveryId ?? null, event.bodyHash, event.body, at),
  );
  return inserted.changes === 1 ? Number(inserted.lastInsertRowid) : undefined;
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
