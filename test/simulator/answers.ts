/** What the simulated server says of a push: true answers in every shape on record, and lies. */
import type { Dice } from './time.js';

/** What really became of the leads of a push. Addresses, with ids where they are members. */
export interface Truth {
  added: ReadonlyArray<readonly [email: string, id: string]>;
  existing: ReadonlyArray<readonly [email: string, id: string]>;
  unsubscribed: readonly string[];
  elsewhere: readonly string[];
  /** Left out because the credits ended. */
  stopped: readonly string[];
}

const map = (entries: Truth['added']) => Object.fromEntries(entries);

/** A true answer: the map of ids, lists, counters alone, or the shape that is documented. */
export function honest(truth: Truth, dice: Dice): string {
  const { added, existing, unsubscribed, elsewhere, stopped } = truth;
  const sent = added.length + existing.length + unsubscribed.length + elsewhere.length + stopped.length;
  const limit =
    stopped.length > 0
      ? { is_lead_limit_exhausted: true, lead_import_stopped_count: stopped.length, error: 'Lead limit exhausted' }
      : {};
  const counters = {
    ok: stopped.length === 0,
    upload_count: sent - stopped.length,
    total_leads: added.length,
    already_added_to_campaign: existing.length,
    skipped_in_other_campaign_count: elsewhere.length,
    ...limit,
  };
  const ids = {
    newlyAddedLeads: map(added),
    existingLeads: map(existing),
    existingLeadsInOtherCampaigns: Object.fromEntries(elsewhere.map((email) => [email, '77'])),
  };
  const documented = {
    success: true,
    added_count: added.length,
    skipped_count: existing.length + unsubscribed.length + elsewhere.length,
    skipped_leads: [
      ...existing.map(([email]) => ({ email, reason: 'Lead already exists in campaign' })),
      ...unsubscribed.map((email) => ({ email, reason: 'Lead is unsubscribed' })),
      ...elsewhere.map((email) => ({ email, reason: 'Lead exists in another campaign' })),
    ],
  };
  const shapes = [
    { ...counters, unsubscribed_leads: unsubscribed, emailToLeadIdMap: ids },
    { ...counters, unsubscribed_leads: unsubscribed },
    { ...counters, unsubscribed_leads: unsubscribed.length },
    ...(stopped.length === 0 ? [documented] : []),
  ] as const;
  return JSON.stringify(shapes[dice.below(shapes.length)]);
}

/** An answer that is not true. `emails`: those that were sent; none of them has been added by this request. */
type Lie = (emails: readonly string[]) => string;

const all = (emails: readonly string[], id: unknown) => Object.fromEntries(emails.map((email) => [email, id]));
const skipped = (emails: readonly string[], reason: string) =>
  JSON.stringify({
    success: true,
    added_count: 0,
    skipped_count: emails.length,
    skipped_leads: emails.map((email) => ({ email, reason })),
  });

/** Lies that give themselves away: nobody may be ACTIVE, or refused, by them. */
export const LIES: Readonly<Record<string, Lie>> = {
  'two counts': ({ length: n }) => JSON.stringify({ ok: true, total_leads: n, added_count: 0 }),
  'success: false': ({ length: n }) => JSON.stringify({ success: false, total_leads: n, upload_count: n }),
  'status: failed': ({ length: n }) => JSON.stringify({ ok: true, status: 'failed', total_leads: n }),
  'an error beside success': ({ length: n }) => JSON.stringify({ ok: true, error: 'import aborted', total_leads: n }),
  'another campaign': ({ length: n }) => JSON.stringify({ ok: true, campaign_id: 999, total_leads: n }),
  'ids beside ok: false': (emails) =>
    JSON.stringify({ ok: false, emailToLeadIdMap: { newlyAddedLeads: all(emails, 5) } }),
  'ids beside no count': (emails) =>
    JSON.stringify({ ok: true, total_leads: 0, emailToLeadIdMap: { newlyAddedLeads: all(emails, '5') } }),
  'ids of nothing': (emails) => JSON.stringify({ ok: true, emailToLeadIdMap: { newlyAddedLeads: all(emails, 0) } }),
  'empty ids': (emails) => JSON.stringify({ ok: true, emailToLeadIdMap: { existingLeads: all(emails, '') } }),
  'members of 999': (emails) => skipped(emails, 'Lead already exists in campaign 999'),
  'members of others': (emails) => skipped(emails, 'already in campaigns: 555, 777'),
  'not in this campaign': (emails) => skipped(emails, 'exists but lead not in this campaign'),
  'unsubscribed here': (emails) => skipped(emails, 'has already unsubscribed in this campaign'),
  'more invalid than sent': (emails) =>
    JSON.stringify({ ok: true, total_leads: emails.length, invalid_email_count: 1, invalid_emails: emails }),
  'the same name twice': ({ length: n }) => `{"ok":true,"total_leads":0,"total_leads":${n}}`,
  nothing: () => '',
  'a web page': () => '<html><body>success</body></html>',
  success: () => 'success',
  'broken off': ({ length: n }) => `{"ok":true,"total_leads":${n}`,
};

/** Lies in exactly the words that are on record: nobody can tell them from the truth. */
export const BELIEVED_LIES: readonly Lie[] = [
  ({ length: n }) => JSON.stringify({ ok: true, upload_count: n, total_leads: n }),
  (emails) => skipped(emails, 'Lead already exists in campaign'),
];
