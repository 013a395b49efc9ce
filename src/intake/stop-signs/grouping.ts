/** Columns that put people into groups (tags, lists, types), where a sign's word may only name the group. */
import { readWords, type Sign, stricter } from './value-words.js';
import { phrases, says, spacedWords } from './words.js';

const NAMED_SO = phrases(`
  tag* | list | lists | segment* | group | groups | label* | category | categories | type | types | role | relation* | kategorie* | categorie* | kategori*
  categoria* | etiqueta* | etichett* | etiquette* | tipo | typ
`);
/** Words that a campaign or a page about the matter is called by, too: `webinar-unsub-2024`, `bounce-rate-ebook`. */
const TOPIC = phrases(
  'unsub | unsubs | unsubscribe | unsubscribes | unsubscribing | opt~out | opt~outs | bounce | suppress | suppression',
);
const A_LIST = phrases('list | lists');
/** Beside which a topic's word is still the person's: `unsub newsletter`, `Unsub list - Acme`, `opt-out 2024`. */
const OF_MAIL = phrases(
  'email* | mail | mails | newsletter* | all | global* | hard | from | marketing | manual* | request* | asked | reply | me | please | contact | lead | status | (19/20)* | q1 | q2 | q3 | q4',
);
/** Our own people of yesterday, where a type is told. */
const FORMER = phrases('(ex/former) employee*');

/** Whether a column's name says that it puts people into groups. */
export function isGrouping(header: string): boolean {
  return says(NAMED_SO, spacedWords(header));
}

/** What the groups that a cell names say of mailing, each read by itself; the strictest counts. */
export function readGroups(text: string, read: (group: string) => Sign | undefined): Sign | undefined {
  const groups = text.split(/[,;|\n]/).filter((group) => group.trim() !== '');
  const signs = groups.map((group) => (onlyNamesGroup(group) ? undefined : read(group)));
  return signs.reduce(stricter, undefined);
}

function onlyNamesGroup(group: string): boolean {
  const written = spacedWords(group);
  if (says(FORMER, written)) return true;
  if (!says(TOPIC, written) || says(A_LIST, written)) return false;
  const left = written.replace(TOPIC, '').replace(OF_MAIL, '').trim();
  return left !== '' && readWords(left) === undefined;
}
