/** States of a mailing list's members, among which `cancelled` means that somebody has left the list. */
import { phrases, says, spacedWords } from './words.js';

const NAMED_SO = phrases(`
  (subscriber/member/contact/lead/list/*email/recipient/audience/marketing/person) (status/state) | (*email/newsletter/mailing) subscription (status/state)
`);
/** Of a paid plan as often as of a list. */
const SUBSCRIPTION = /^ (?:subscription|membership) (?:status|state) $/;
const BARE = /^ (?:status|state|statut|stato|estado|etat|zustand) $/;
const LEFT = phrases(`
  cancel* | deactivated | deaktiviert | desactive* | desactivad* | desativad* | disattivat* | gedeactiveerd | annule | annulee | annullat*
  geannuleerd | opgezegd | gekundigt | storniert | resilie | dado de baja
`);
/** States that only the members of a list have. */
const OWN = phrases(
  'unsub* | subscribed | unconfirmed | confirmed | bounc* | complain* | cleaned | spam* | junk | blocked | blacklisted | blocklisted | suppressed | activated | non~subscribed | opted~in | opted~out',
);
const OTHERS = phrases(
  'active | inactive | pending | new | deleted | archived | aktiv | inaktiv | actif | activo | attivo | ativo | actief',
);

/**
 * Whether a status column may be that of a mailing list's members, told by its name and what its rows say; `surely`: a
 * word says so that no order and no deal has.
 */
export function listState(header: string, values: readonly string[]): 'surely' | 'perhaps' | undefined {
  const name = spacedWords(header);
  const bare = BARE.test(name);
  const paid = SUBSCRIPTION.test(name);
  if (!bare && !paid && !says(NAMED_SO, name)) return undefined;
  const written = values.map(spacedWords);
  if (bare && !written.every((text) => [LEFT, OWN, OTHERS].some((words) => says(words, text)))) return undefined;
  if (written.some((text) => says(OWN, text)) || name.includes(' subscriber ')) return 'surely';
  return paid ? undefined : 'perhaps';
}

/** Whether a cell says that somebody has left the list. */
export function hasLeft(text: string): boolean {
  return says(LEFT, spacedWords(text));
}
