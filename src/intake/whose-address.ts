/** Roles within the sender's own house, and of a message, in the languages that CRMs write. */
const OTHERS = new Set(
  `owner sender account assigned assignee assignedto created creator createdby modified modifiedby updated updatedby
   manager rep reps representative salesrep salesperson salesman sdr bdr ae csm our recruiter replyto bcc cc
   besitzer eigentümer absender zuständig zuständiger verantwortlich verantwortlicher ersteller erstellt geändert
   betreuer bearbeiter propriétaire expéditeur créé modifié attribué assigné responsable propietario remitente asignado
   creado proprietario mittente assegnato proprietário responsável remetente eigenaar afzender toegewezen właściciel
   nadawca ägare avsändare eier avsender ejer omistaja`.split(/\s+/),
);

/**
 * Whether a column is called after somebody who is not the lead: the owner of the record, the sender, the account's
 * manager, who created it. Its addresses are never a lead's.
 */
export function isSomebodyElses(header: string): boolean {
  const words = header
    .normalize('NFKC')
    .replace(/(?<=[\p{Ll}\p{N}])(?=\p{Lu})/gu, ' ')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '');
  if (words.some((word) => OTHERS.has(word))) return true;
  // `Email (from Apollo)` says where it comes from, `From Email` and `Email From` whose it is.
  if (words[0] === 'from' || words.at(-1) === 'from' || words[0] === 'von') return true;
  const pairs = words.map((word, index) => `${word} ${words[index + 1] ?? ''}`);
  return pairs.some((pair) => PAIRS.has(pair));
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
