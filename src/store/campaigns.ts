import { read, type StoreContext } from './context.js';

/** The names of an organization's campaigns, as far as they are known, by id. */
export async function campaignNames(store: StoreContext, organization: string): Promise<Map<string, string>> {
  const rows = read(store, () =>
    store.db
      .prepare<[string], { id: string; name: string }>('SELECT id, name FROM campaigns WHERE organization_id = ?')
      .all(organization),
  );
  return new Map(rows.map(({ id, name }) => [id, name]));
}
