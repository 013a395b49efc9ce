import { read, type StoreContext } from '../engine/context.js';
import { suppressionLookup } from './suppressions.js';

/** Which of these addresses are leads of the organization, at most `limit` of them. One look into the index for each. */
export async function knownAmong(
  store: StoreContext,
  organization: string,
  emails: readonly string[],
  limit: number,
): Promise<string[]> {
  return read(store, () =>
    store.db
      .prepare<[string, string, number], string>(
        'SELECT email FROM leads WHERE organization_id = ? AND email IN (SELECT value FROM json_each(?)) LIMIT ?',
      )
      .pluck()
      .all(organization, JSON.stringify(emails), limit),
  );
}

/** The organizations that have leads, read by skipping through the index. */
export async function organizationsWithLeads(store: StoreContext): Promise<string[]> {
  return read(store, () => {
    const next = store.db
      .prepare<[string], string | null>('SELECT min(organization_id) FROM leads WHERE organization_id > ?')
      .pluck();
    const found: string[] = [];
    for (let name = next.get(''); typeof name === 'string'; name = next.get(name)) found.push(name);
    return found;
  });
}

/** Why this address must not be mailed, whether or not it is a lead; undefined when nothing says so. */
export async function suppressionOf(
  store: StoreContext,
  organization: string,
  email: string,
): Promise<string | undefined> {
  return read(store, () => suppressionLookup(store, organization)(email));
}
