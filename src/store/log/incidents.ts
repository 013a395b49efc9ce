import { isoTime } from '../../clock.js';
import { read, type StoreContext, write } from '../engine/context.js';

/** The latest time of trouble of an organization, and what was told of it. Times are ISO 8601 UTC. */
export interface Incident {
  beganAt: string;
  /** null: it still stands. */
  endedAt: string | null;
  /** What was wrong, in sentences. */
  what: string[];
  beganToldAt: string | null;
  endedToldAt: string | null;
  /** Until when one process alone sends a message about it; null: nobody does. */
  sendingUntil: string | null;
  /** How many leads were given up when last looked, and when there were last more than before. */
  gaveUp: number;
  gaveUpAt: string | null;
}

interface Row {
  began_at: string;
  ended_at: string | null;
  what: string;
  began_told_at: string | null;
  ended_told_at: string | null;
  sending_until: string | null;
  gave_up: number;
  gave_up_at: string | null;
}

function find({ db }: StoreContext, organization: string): Incident | undefined {
  const row = db.prepare<[string], Row>('SELECT * FROM incidents WHERE organization_id = ?').get(organization);
  return (
    row && {
      beganAt: row.began_at,
      endedAt: row.ended_at,
      what: row.what.split('\n'),
      beganToldAt: row.began_told_at,
      endedToldAt: row.ended_told_at,
      sendingUntil: row.sending_until,
      gaveUp: row.gave_up,
      gaveUpAt: row.gave_up_at,
    }
  );
}

/** The latest incident of an organization; undefined when there never was one. */
export async function readIncident(store: StoreContext, organization: string): Promise<Incident | undefined> {
  return read(store, () => find(store, organization));
}

/**
 * Lets `decide` change an organization's incident in one IMMEDIATE transaction, so that of several processes one gets to
 * open it, to close it, or to send. Returns what was decided; undefined: nothing was, and nothing is written.
 */
export async function changeIncident<Step extends { incident: Incident }>(
  store: StoreContext,
  organization: string,
  decide: (known: Incident | undefined) => Step | undefined,
): Promise<Step | undefined> {
  return write(store, () => {
    const step = decide(find(store, organization));
    if (!step) return undefined;
    const { incident } = step;
    store.db
      .prepare(
        `INSERT OR REPLACE INTO incidents (organization_id, began_at, ended_at, what, began_told_at, ended_told_at,
           sending_until, gave_up, gave_up_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(
        organization,
        incident.beganAt,
        incident.endedAt,
        incident.what.join('\n'),
        incident.beganToldAt,
        incident.endedToldAt,
        incident.sendingUntil,
        incident.gaveUp,
        incident.gaveUpAt,
      );
    return step;
  });
}

/**
 * Notes that a message was sent, or (`told` undefined) that it could not be: then whoever looks next sends it. Fenced by
 * the right to send: who took too long has lost it.
 */
export async function endSending(
  store: StoreContext,
  organization: string,
  sendingUntil: string,
  told: 'began' | 'over' | undefined,
): Promise<void> {
  const now = isoTime(store.clock.now());
  write(store, () =>
    store.db
      .prepare(
        `UPDATE incidents SET sending_until = NULL, began_told_at = iif(? = 'began', ?, began_told_at),
           ended_told_at = iif(? = 'over', ?, ended_told_at)
         WHERE organization_id = ? AND sending_until = ?`,
      )
      .run(told ?? '', now, told ?? '', now, organization, sendingUntil),
  );
}
