import { read, type StoreContext } from '../engine/context.js';

/** Adds to how many leads rules have taken, by the rules' keys. Call inside the transaction that writes the decisions. */
export function addRuleCounts({ db }: StoreContext, organization: string, counts: ReadonlyMap<string, number>): void {
  const add = db.prepare<[string, string, number]>(
    `INSERT INTO rule_counts (organization_id, rule, leads) VALUES (?, ?, ?)
     ON CONFLICT DO UPDATE SET leads = leads + excluded.leads`,
  );
  for (const [rule, leads] of counts) add.run(organization, rule, leads);
}

/** How many leads each rule of an organization has taken, by the rules' keys. */
export async function readRuleCounts(store: StoreContext, organization: string): Promise<Map<string, number>> {
  const rows = read(store, () =>
    store.db
      .prepare<[string], { rule: string; leads: number }>(
        'SELECT rule, leads FROM rule_counts WHERE organization_id = ?',
      )
      .all(organization),
  );
  return new Map(rows.map(({ rule, leads }) => [rule, leads]));
}
