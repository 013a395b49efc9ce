import { read, type StoreContext } from '../engine/context.js';

/** A lead's proven place in a campaign. */
export interface Place {
  email: string;
  campaign: string;
}

const SELECT = `SELECT l.seq, l.email, m.campaign_id AS campaign FROM leads l JOIN memberships m ON m.lead_seq = l.seq
  WHERE l.organization_id = ?`;

/** Where the leads with these addresses are. */
export async function placesOf(store: StoreContext, organization: string, emails: readonly string[]): Promise<Place[]> {
  const find = store.db.prepare<[string, string], Place>(`${SELECT} AND l.email = ?`);
  return read(store, () => emails.flatMap((email) => find.all(organization, email)));
}

/** A page of all places, in the order of the leads, from beyond `afterSeq`. `next` is undefined after the last. */
export async function placesAfter(
  store: StoreContext,
  organization: string,
  afterSeq: number,
): Promise<{ places: Place[]; next: number | undefined }> {
  const PAGE = 5000;
  const places = read(store, () =>
    store.db
      .prepare<[string, number, number], Place & { seq: number }>(`${SELECT} AND l.seq > ? ORDER BY l.seq LIMIT ?`)
      .all(organization, afterSeq, PAGE),
  );
  if (places.length < PAGE) return { places, next: undefined };
  // The last lead of a page may have more places than fit into it: it begins the next one.
  const last = places.at(-1)?.seq ?? 0;
  return { places: places.filter(({ seq }) => seq < last), next: last - 1 };
}
