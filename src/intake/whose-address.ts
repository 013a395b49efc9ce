import { foldedWords } from './stop-signs/words.js';

/** Words of those who are not the lead: who owns it, who writes to it, what it was sent from. */
const SOMEBODY_ELSE =
  /^(?:our|owners?|senders?|sent|accounts?|assign\p{L}*|creat\p{L}*|author|modif\p{L}*|updat\p{L}*|edit\p{L}*|by|reps?|sdr|bdr|ae|csm|manager|users?|agents?|handler|seller|salesperson|reply|replyto|reporter|submitter|exporter|importer|cc|bcc|referr\p{L}*|introduc\p{L}*|besitzer\p{L}*|eigentumer\p{L}*|inhaber\p{L}*|zustandig\p{L}*|verantwortlich\p{L}*|bearbeite\p{L}*|absender\p{L}*|erstell\p{L}*|betreuer\p{L}*|vertrieb\p{L}*|propietario|remitente|creador|proprietaire|expediteur|createur|responsable|proprietario|mittente|eigenaar|afzender|agare|avsandare|wlasciciel|nadawca)$/u;
const GLUED_ELSE =
  /^(?:owner|sender|account|assigned|createdby|modifiedby|updatedby|from|replyto)e?mail|e?mail(?:of)?(?:owner|sender|account|from)(?:address)?$/;

/** Whether a column's name says that it is about an owner, a sender or another of the user's own people. */
export function isSomebodyElses(header: string): boolean {
  const words = foldedWords(header);
  if (words.some((word) => SOMEBODY_ELSE.test(word)) || GLUED_ELSE.test(words.join(''))) return true;
  // `Email (from Apollo)` says where it comes from, `From Email` and `Email From` whose it is.
  if (words[0] === 'from' || words.at(-1) === 'from' || words[0] === 'von') return true;
  return words.some((word, index) => PAIRS.has(`${word} ${words[index + 1] ?? ''}`));
}

const PAIRS = new Set([
  'reply to',
  'return path',
  'sent by',
  'sending mailbox',
  'sending email',
  'referred by',
  'added by',
  'uploaded by',
]);
