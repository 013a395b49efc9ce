import { createHmac, randomBytes } from 'node:crypto';
import { read, type StoreContext } from '../engine/context.js';

/** The key of the hashes: it never leaves this database, so that a hash elsewhere tells nothing. */
function erasureKey({ db }: StoreContext): string {
  const find = db.prepare<[], string>("SELECT value FROM about WHERE key = 'erasure_key'").pluck();
  const known = find.get();
  if (known !== undefined) return known;
  db.prepare("INSERT INTO about (key, value) VALUES ('erasure_key', ?)").run(randomBytes(32).toString('hex'));
  return find.get() ?? '';
}

/** What is kept of an erased address: enough to know it again, not to read it. */
function hashOf(store: StoreContext, email: string): string {
  return createHmac('sha256', erasureKey(store)).update(email).digest('hex');
}

/**
 * Whether addresses belong to people who were erased. Make it inside the transaction that asks: whether anybody was is
 * read once.
 */
export function erasedLookup(store: StoreContext, organization: string): (email: string) => boolean {
  const any = store.db.prepare<[string]>('SELECT 1 FROM erased WHERE organization_id = ? LIMIT 1');
  const one = store.db.prepare<[string, string]>('SELECT 1 FROM erased WHERE organization_id = ? AND hash = ?');
  if (any.get(organization) === undefined) return () => false;
  return (email) => one.get(organization, hashOf(store, email)) !== undefined;
}

/** An address as it may be kept: that of a person who was erased only as its hash. */
export function keepableName(store: StoreContext, organization: string): (email: string) => string {
  const isErased = erasedLookup(store, organization);
  return (email) => (isErased(email) ? hashOf(store, email) : email);
}

/** Those of the addresses that belong to people who were erased. */
export async function erasedAmong(
  store: StoreContext,
  organization: string,
  emails: readonly string[],
): Promise<ReadonlySet<string>> {
  return read(store, () => new Set(emails.filter(erasedLookup(store, organization))));
}

/** How many people were erased since a time (ISO). */
export async function erasedSince(store: StoreContext, organization: string, since: string): Promise<number> {
  const count = store.db
    .prepare<[string, string], number>('SELECT count(*) FROM erased WHERE organization_id = ? AND erased_at >= ?')
    .pluck();
  return read(store, () => count.get(organization, since) ?? 0);
}

/** Notes that an address is erased for good. Call inside a transaction. Returns the hash that is kept. */
export function markErased(store: StoreContext, organization: string, email: string, at: string): string {
  const hash = hashOf(store, email);
  store.db
    .prepare('INSERT INTO erased (organization_id, hash, erased_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING')
    .run(organization, hash, at);
  return hash;
}
