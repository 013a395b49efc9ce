import { createHash, randomBytes } from 'node:crypto';
import { isoTime } from '../../clock.js';
import { read, type StoreContext, write } from '../engine/context.js';

/** A link to the admin page can be used this long, milliseconds. */
export const ADMIN_LINK_MS = 3_600_000;

/** The link's 256 random bits need no slow hash. */
const hashOf = (link: string): string => createHash('sha256').update(link).digest('hex');

/** Makes a link that logs in to the admin page once, within an hour. It is in the answer and nowhere else. */
export async function createAdminLink(store: StoreContext): Promise<string> {
  const link = randomBytes(32).toString('base64url');
  const now = store.clock.now();
  write(store, () => {
    store.db.prepare('DELETE FROM admin_links WHERE expires_at <= ?').run(isoTime(now));
    store.db
      .prepare('INSERT INTO admin_links (hash, expires_at) VALUES (?, ?)')
      .run(hashOf(link), isoTime(now + ADMIN_LINK_MS));
  });
  return link;
}

/** Uses a link up. False when there is none such, or no more. A wrong one only reads: strangers cause no writes. */
export async function useAdminLink(store: StoreContext, link: string): Promise<boolean> {
  const hash = hashOf(link);
  const now = isoTime(store.clock.now());
  const isKnown = read(store, () =>
    store.db.prepare<[string, string]>('SELECT 1 FROM admin_links WHERE hash = ? AND expires_at > ?').get(hash, now),
  );
  if (!isKnown) return false;
  return write(
    store,
    () => store.db.prepare('DELETE FROM admin_links WHERE hash = ? AND expires_at > ?').run(hash, now).changes === 1,
  );
}
