import { TemporaryError, UsageError } from '../errors.js';
import type { StoreContext } from '../store/engine/context.js';
import { erasePerson, findPerson, wipeFreeSpace } from '../store/leads/forget.js';
import { recoverAttempts } from '../store/queue/settling.js';
import { removeRejectsNaming } from './kept-rejects.js';

/** What became of one address in one organization. */
export interface Forgotten {
  organization: string;
  email: string;
  /** There was a lead with this address. */
  known: boolean;
  /** Campaigns in which Smartlead has, or may have, the person still. */
  stillIn: string[];
  /** Files of rejected rows, kept beside the database, that named the person and were deleted. */
  rejectsDeleted: number;
}

/**
 * Erases people, and everything that could still be read of them. Throws a TemporaryError, with nothing done, while one
 * of them is in flight.
 */
export async function forgetPeople(
  store: StoreContext,
  organizations: readonly string[],
  emails: readonly string[],
): Promise<Forgotten[]> {
  const bad = emails.find((email) => !/^[^@\s]+@[^@\s]+$/.test(email));
  if (bad !== undefined) throw new UsageError(`"${bad}" is not an e-mail address`);
  await recoverAttempts(store);
  const people: Forgotten[] = [];
  for (const organization of organizations) {
    for (const email of emails) {
      const person = await findPerson(store, organization, email);
      if (person?.inFlight) throw inFlight(email);
      people.push({
        organization,
        email,
        known: person !== undefined,
        stillIn: person?.campaigns ?? [],
        rejectsDeleted: 0,
      });
    }
  }
  for (const { organization, email } of people) {
    if (!(await erasePerson(store, organization, email))) throw inFlight(email);
  }
  for (const email of emails) {
    const rejectsDeleted = await removeRejectsNaming(store, email);
    for (const person of people) if (person.email === email) person.rejectsDeleted = rejectsDeleted;
  }
  await wipeFreeSpace(store);
  return people;
}

function inFlight(email: string): TemporaryError {
  return new TemporaryError(
    `${email} is being pushed at this moment, and is not erased`,
    'Run the same command again in a minute.',
  );
}
