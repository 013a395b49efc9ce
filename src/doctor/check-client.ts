import type { StoreContext } from '../store/engine/context.js';
import { compareIdentity, foreignText, type Identity, knownIdentity } from '../store/settings/identity.js';
import { type Finding, failed, ok, warning } from './finding.js';

const NAME = 'client';

/** Checks that the organization in the database is this rules file's. Says nothing before anything was written. */
export async function checkClient(store: StoreContext, given: Identity): Promise<Finding[]> {
  const known = await knownIdentity(store, given.organization);
  if (!known) return [];
  const { otherFile, otherKey } = compareIdentity(known, given);
  if (otherFile && otherKey) {
    const fix =
      'Other commands refuse it: use --db or database: for a client of its own, --adopt if both are the same client.';
    return [failed(NAME, foreignText(store.path, known, given), fix)];
  }
  if (otherFile) {
    const text = `the database was last used with ${known.rulesFile}, and the same key; the next run takes ${given.rulesFile} over`;
    return [warning(NAME, text, `If that is another client's file, use --db or database: first.`)];
  }
  const keys = known.keys.map(({ keyId, since }) => `${keyId} since ${since.slice(0, 10)}`).join(', ');
  const accepted = keys === '' ? 'no key was accepted yet' : `accepted keys (fingerprints) ${keys}`;
  if (otherKey && known.keys.length > 0 && given.keyId !== undefined) {
    const text = `${given.rulesFile}; ${accepted}; today's ${given.keyId} is a new one, and goes on record when Smartlead accepts it`;
    return [warning(NAME, text, `If it is another client's key, correct ${given.keyFrom} first.`)];
  }
  return [ok(NAME, `${given.rulesFile}; ${accepted}`)];
}
