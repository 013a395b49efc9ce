import { isoTime } from '../../clock.js';
import { read, type StoreContext, write } from '../engine/context.js';
import { type AuditTrigger, auditWriter } from '../log/audit.js';
import type { StoredLead } from './lead-rows.js';
import { fromRow, type LeadRow } from './lead-rows.js';

/** An address or a domain (with its subdomains) that must not be mailed, and why. */
export interface Suppression {
  value: string;
  reason: string;
  source: string;
  createdAt: string;
}

/** An address, host and its parent domains, in the order in which a suppression may name them. */
function namesOf(email: string): string[] {
  const names = [email];
  let domain = email.slice(email.lastIndexOf('@') + 1);
  while (domain.includes('.')) {
    names.push(domain);
    domain = domain.slice(domain.indexOf('.') + 1);
  }
  return names;
}

/**
 * Looks addresses up among the suppressions of an organization: the entry that names it, or undefined. Make it inside the
 * transaction that asks: whether there are any is read once.
 */
export function suppressionFinder(
  { db }: StoreContext,
  organization: string,
): (email: string) => Pick<Suppression, 'value' | 'reason'> | undefined {
  const any = db.prepare<[string], { found: number }>(
    'SELECT 1 AS found FROM suppressions WHERE organization_id = ? LIMIT 1',
  );
  const one = db.prepare<[string, string], { value: string; reason: string }>(
    'SELECT value, reason FROM suppressions WHERE organization_id = ? AND value = ?',
  );
  if (any.get(organization) === undefined) return () => undefined;
  return (email) => {
    for (const name of namesOf(email)) {
      const hit = one.get(organization, name);
      if (hit) return hit;
    }
    return undefined;
  };
}

/** Looks addresses up among the suppressions of an organization: the reason, or undefined. */
export function suppressionLookup(store: StoreContext, organization: string): (email: string) => string | undefined {
  const find = suppressionFinder(store, organization);
  return (email) => find(email)?.reason;
}

/** The suppression that names an address, or the domain it is in; undefined: none does. */
export async function findSuppression(
  store: StoreContext,
  organization: string,
  addressOrDomain: string,
): Promise<Suppression | undefined> {
  return read(store, () => {
    const one = store.db.prepare<[string, string], Suppression>(
      `SELECT value, reason, source, created_at AS createdAt FROM suppressions
       WHERE organization_id = ? AND value = ?`,
    );
    for (const name of namesOf(addressOrDomain)) {
      const found = one.get(organization, name);
      if (found) return found;
    }
    return undefined;
  });
}

/** Prepares the statement that suppresses one address for good. The first reason stays. True when it is new. */
export function suppressionWriter({ db }: StoreContext, organization: string) {
  const insert = db.prepare<[string, string, string, string, string]>(
    `INSERT INTO suppressions (organization_id, value, reason, source, created_at) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT DO NOTHING`,
  );
  return (value: string, reason: string, source: string, at: string): boolean =>
    insert.run(organization, value, reason, source, at).changes === 1;
}

/**
 * Blocks a HELD lead that must not be mailed any more. One in flight, or whose outcome is unknown, is left: it is
 * blocked when it is settled. Call inside a transaction. True when it was blocked.
 */
export function blockHeldLead(
  store: StoreContext,
  organization: string,
  lead: Pick<StoredLead, 'seq' | 'id'>,
  reason: string,
  trigger: AuditTrigger,
): boolean {
  const now = isoTime(store.clock.now());
  const { changes } = store.db
    .prepare(
      `UPDATE leads SET status = 'BLOCKED', hold_reason = NULL, next_attempt_at = NULL, push_group = NULL,
         push_step = 'push', waiting_since = NULL, updated_at = ?
       WHERE seq = ? AND status = 'HELD' AND attempt_id IS NULL AND hold_reason != 'unknown'`,
    )
    .run(now, lead.seq);
  if (changes === 1) {
    auditWriter(store, organization)(lead.id, { trigger, action: 'blocked', details: { suppressed: reason } }, now);
  }
  return changes === 1;
}

/** Blocks those leads that were suppressed while they were in flight, and are HELD now. Call inside a transaction. */
export function blockSettledLeads(store: StoreContext, organization: string, seqs: readonly number[]): void {
  const reasonFor = suppressionLookup(store, organization);
  const find = store.db.prepare<[number], { seq: number; id: string; email: string }>(
    "SELECT seq, id, email FROM leads WHERE seq = ? AND status = 'HELD'",
  );
  for (const seq of seqs) {
    const lead = find.get(seq);
    const reason = lead && reasonFor(lead.email);
    if (lead && reason !== undefined) blockHeldLead(store, organization, lead, reason, 'suppress');
  }
}

/** Suppresses addresses and domains, in one transaction; HELD leads with such an address are blocked at once. */
export async function addSuppressions(
  store: StoreContext,
  organization: string,
  values: readonly string[],
  why: { reason: string; source: string },
): Promise<{ added: number; blocked: number }> {
  return write(store, () => {
    const now = isoTime(store.clock.now());
    const suppress = suppressionWriter(store, organization);
    const find = store.db.prepare<[string, string], { seq: number; id: string }>(
      'SELECT seq, id FROM leads WHERE organization_id = ? AND email = ?',
    );
    let added = 0;
    let blocked = 0;
    for (const value of values) {
      if (suppress(value, why.reason, why.source, now)) added++;
      const lead = value.includes('@') ? find.get(organization, value) : undefined;
      if (lead && blockHeldLead(store, organization, lead, why.reason, 'suppress')) blocked++;
    }
    return { added, blocked };
  });
}

/** Blocks a page of HELD leads that a suppression names, such as a domain's. `next` is undefined after the last page. */
export async function blockSuppressed(
  store: StoreContext,
  organization: string,
  afterSeq: number,
): Promise<{ blocked: number; next: number | undefined }> {
  const PAGE = 5000;
  return write(store, () => {
    const reasonFor = suppressionLookup(store, organization);
    const page = store.db
      .prepare<[string, number, number], LeadRow>(
        `SELECT * FROM leads NOT INDEXED WHERE organization_id = ? AND status = 'HELD' AND seq > ? ORDER BY seq LIMIT ?`,
      )
      .all(organization, afterSeq, PAGE)
      .map(fromRow);
    let blocked = 0;
    for (const lead of page) {
      const reason = reasonFor(lead.email);
      if (reason !== undefined && blockHeldLead(store, organization, lead, reason, 'suppress')) blocked++;
    }
    return { blocked, next: page.length < PAGE ? undefined : page.at(-1)?.seq };
  });
}

/** Sorts behind everything that an address can go on with. */
const LAST = '\u{10ffff}';

/** The suppressions that begin with a text, all if it is empty, in their order, a page at a time, from beyond `after`. */
export async function listSuppressions(
  store: StoreContext,
  organization: string,
  after: string,
  limit: number,
  begin = '',
): Promise<Suppression[]> {
  return read(store, () =>
    store.db
      .prepare<[string, string, string, number], Suppression>(
        `SELECT value, reason, source, created_at AS createdAt FROM suppressions
         WHERE organization_id = ? AND value >= ? AND value < ? ORDER BY value LIMIT ?`,
      )
      .all(organization, after === '' ? begin : `${after}\0`, begin + LAST, limit),
  );
}

/** Removes suppressions. Returns those that there were. Leads they have blocked are decided again when they come again. */
export async function removeSuppressions(
  store: StoreContext,
  organization: string,
  values: readonly string[],
): Promise<string[]> {
  return write(store, () => {
    const remove = store.db.prepare('DELETE FROM suppressions WHERE organization_id = ? AND value = ?');
    return values.filter((value) => remove.run(organization, value).changes === 1);
  });
}
