/**
 * What tells the organizations of different clients apart when they have one name in one database: the rules file that an
 * organization is run with, and the keys that Smartlead has accepted for it. Keys are known by fingerprint only.
 */
import { isoTime } from '../../clock.js';
import { UsageError } from '../../errors.js';
import { read, type StoreContext, write } from '../engine/context.js';
import { auditWriter } from '../log/audit.js';

/** What a command comes with. */
export interface Identity {
  organization: string;
  /** The rules file, absolute, symbolic links resolved. */
  rulesFile: string;
  /** The fingerprint of the key; undefined where there is none. */
  keyId: string | undefined;
  /** The name of the variable that the key is read from. */
  keyFrom: string;
}

/** What an organization is on record with. */
export interface KnownIdentity {
  rulesFile: string;
  keyFrom: string;
  /** Oldest first. */
  keys: Array<{ keyId: string; since: string }>;
}

function find({ db }: StoreContext, organization: string): KnownIdentity | undefined {
  const row = db
    .prepare<[string], { rules_file: string; key_from: string }>(
      'SELECT rules_file, key_from FROM identities WHERE organization_id = ?',
    )
    .get(organization);
  if (!row) return undefined;
  const keys = db
    .prepare<[string], { keyId: string; since: string }>(
      'SELECT key_id AS keyId, since FROM accepted_keys WHERE organization_id = ? ORDER BY since, key_id',
    )
    .all(organization);
  return { rulesFile: row.rules_file, keyFrom: row.key_from, keys };
}

/** What an organization is on record with; undefined before its first command that writes. */
export async function knownIdentity(store: StoreContext, organization: string): Promise<KnownIdentity | undefined> {
  return read(store, () => find(store, organization));
}

/** Which parts of an identity are not on record. */
export function compareIdentity(known: KnownIdentity, given: Identity): { otherFile: boolean; otherKey: boolean } {
  return {
    otherFile: known.rulesFile !== given.rulesFile,
    otherKey: !known.keys.some(({ keyId }) => keyId === given.keyId),
  };
}

/** One sentence: whose the database is, and what came instead. */
export function foreignText(path: string, known: KnownIdentity, given: Identity): string {
  const key = given.keyId === undefined ? 'no key' : 'a key that it has not used';
  return (
    `the database ${path} belongs to ${known.rulesFile} (organization ${given.organization}, key from ` +
    `${known.keyFrom}), and this is ${given.rulesFile} with ${key}`
  );
}

/**
 * Lets a command work on an organization, and puts its rules file on record: the first one, the one that was moved (the
 * key is known), the one that is taken over with `adopt`. Throws a UsageError when rules file and key are both others:
 * then it is another client's organization that happens to have the same name.
 */
export async function claimIdentity(store: StoreContext, given: Identity, adopt: boolean): Promise<void> {
  const before = await knownIdentity(store, given.organization);
  if (before && before.rulesFile === given.rulesFile && before.keyFrom === given.keyFrom) return;
  write(store, () => {
    const known = find(store, given.organization);
    const { otherFile, otherKey } = known ? compareIdentity(known, given) : { otherFile: false, otherKey: false };
    if (known && otherFile && otherKey && !adopt) {
      throw new UsageError(
        foreignText(store.path, known, given),
        'For a client of its own use --db or database: in its rules file; --adopt if both are the same client.',
      );
    }
    store.db
      .prepare('INSERT OR REPLACE INTO identities (organization_id, rules_file, key_from) VALUES (?, ?, ?)')
      .run(given.organization, given.rulesFile, given.keyFrom);
    if (known && otherFile) {
      const details = { was: known.rulesFile, now: given.rulesFile, ...(otherKey ? { adopted: true } : {}) };
      note(store, given.organization, { setting: 'rules file', ...details });
    }
  });
}

/** Puts a key on record that Smartlead has accepted for an organization. Call inside a transaction. */
export function noteAcceptedKey(store: StoreContext, organization: string, keyId: string): void {
  const { changes } = store.db
    .prepare('INSERT OR IGNORE INTO accepted_keys (organization_id, key_id, since) VALUES (?, ?, ?)')
    .run(organization, keyId, isoTime(store.clock.now()));
  if (changes === 0) return;
  const was = find(store, organization)?.keys.filter((key) => key.keyId !== keyId) ?? [];
  const last = was.at(-1);
  if (last) note(store, organization, { setting: 'key', was: last.keyId, now: keyId });
}

function note(store: StoreContext, organization: string, details: Record<string, unknown>): void {
  const entry = { trigger: 'identity', action: 'identity_changed', details } as const;
  auditWriter(store, organization)(organization, entry, isoTime(store.clock.now()), 'organization');
}
