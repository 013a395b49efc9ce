import { createHash, randomBytes } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import { isoTime } from '../../clock.js';
import { read, type StoreContext, write } from '../engine/context.js';

/** A key to the HTTP doors, as it is kept: the key itself is not. */
export interface ApiKey {
  id: string;
  organization: string;
  name: string;
  createdAt: string;
  revokedAt: string | null;
}

/** 256 random bits need no slow hash; a plain one is looked up by an index. */
const hashOf = (key: string): string => createHash('sha256').update(key).digest('hex');

const COLUMNS = 'id, organization_id AS organization, name, created_at AS createdAt, revoked_at AS revokedAt';

/** Makes a key for an organization. The key is in the answer and nowhere else. */
export async function createApiKey(
  store: StoreContext,
  organization: string,
  name: string,
): Promise<{ id: string; key: string }> {
  const id = uuidv7();
  const key = `drason_${randomBytes(32).toString('base64url')}`;
  const createdAt = isoTime(store.clock.now());
  write(store, () =>
    store.db
      .prepare('INSERT INTO api_keys (id, organization_id, name, hash, created_at) VALUES (?, ?, ?, ?, ?)')
      .run(id, organization, name, hashOf(key), createdAt),
  );
  return { id, key };
}

/** The keys of an organization, oldest first, revoked ones included. */
export async function listApiKeys(store: StoreContext, organization: string): Promise<ApiKey[]> {
  return read(store, () =>
    store.db
      .prepare<[string], ApiKey>(`SELECT ${COLUMNS} FROM api_keys WHERE organization_id = ? ORDER BY id`)
      .all(organization),
  );
}

/** Revokes a key of an organization at once and for good. False when there is no such key. */
export async function revokeApiKey(store: StoreContext, organization: string, id: string): Promise<boolean> {
  const at = isoTime(store.clock.now());
  return write(
    store,
    () =>
      store.db
        .prepare('UPDATE api_keys SET revoked_at = coalesce(revoked_at, ?) WHERE organization_id = ? AND id = ?')
        .run(at, organization, id).changes === 1,
  );
}

/** The key that somebody presents, unless it is unknown or revoked. */
export async function findApiKey(store: StoreContext, presented: string): Promise<ApiKey | undefined> {
  return read(store, () =>
    store.db
      .prepare<[string], ApiKey>(`SELECT ${COLUMNS} FROM api_keys WHERE hash = ? AND revoked_at IS NULL`)
      .get(hashOf(presented)),
  );
}
