import { type StoreContext, write } from '../engine/context.js';
import { erasedLookup, markErased } from './erased.js';
import type { LeadRow } from './lead-rows.js';
import { suppressionLookup, suppressionWriter } from './suppressions.js';

/** Copies what another store knows of these addresses: a dry run decides about known leads without touching them. */
export async function copyKnown(
  from: StoreContext,
  to: StoreContext,
  organization: string,
  emails: string[],
): Promise<void> {
  const find = from.db.prepare<[string, string], LeadRow>(
    'SELECT * FROM leads WHERE organization_id = ? AND email = ?',
  );
  const campaigns = from.db.prepare<[number], string>('SELECT campaign_id FROM memberships WHERE lead_seq = ?').pluck();
  const suppressedFor = suppressionLookup(from, organization);
  const suppress = suppressionWriter(to, organization);
  const wasErased = erasedLookup(from, organization);
  write(to, () => {
    const known = to.db
      .prepare<[string, string], number>('SELECT 1 FROM leads WHERE organization_id = ? AND email = ?')
      .pluck();
    for (const email of emails) {
      if (wasErased(email)) markErased(to, organization, email, '');
      const reason = suppressedFor(email);
      if (reason !== undefined) suppress(email, reason, 'copy', '');
      const row = find.get(organization, email);
      if (!row || known.get(organization, email) !== undefined) continue;
      const { seq, ...rest } = row;
      // Runs have other numbers there: this lead is none that the dry run makes.
      const values = { ...rest, first_run_seq: 0 };
      const columns = Object.keys(values);
      const copy = to.db
        .prepare(`INSERT INTO leads (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`)
        .run(...Object.values(values));
      for (const campaign of campaigns.all(seq)) {
        to.db
          .prepare("INSERT INTO memberships (lead_seq, campaign_id, evidence, proven_at) VALUES (?, ?, 'copy', '')")
          .run(copy.lastInsertRowid, campaign);
      }
    }
  });
}
