import { isPlaceholderWord } from './placeholder-address.js';
import { quote, quoteList } from './quote.js';
import { foldedWords } from './stop-signs/words.js';
import { isSomebodyElses } from './whose-address.js';

/** One address, bare or wrapped: `a@b.co`, `<a@b.co>`, `mailto:a@b.co`, `Ann Byrne <a@b.co>`. */
const ONE =
  /^(?:[^@]*<)?\s*["'([]*(?:mailto:)?[^\s@<>,;|:"'()[\]]+@[^\s@<>,;|:"'()[\]]*\.[^\s@<>,;|:"'()[\].]{2,}["')\]]*\s*>?[.,;]?$/iu;
const SEVERAL = /\s*(?::::|[,;|\s])\s*/;

/** Whether a cell holds an address, or several in a row, and nothing else that matters. */
export function holdsAddress(cell: string): boolean {
  if (!cell.includes('@') || cell.length > 1000) return false;
  const text = cell.trim();
  if (ONE.test(text)) return true;
  const parts = text.split(SEVERAL).filter((part) => part !== '');
  return parts.length > 1 && parts.every((part) => ONE.test(part));
}

/** Marks before a word, such as the cross in `❌ No email found`; the # of `#N/A` belongs to the word. */
const MARKS = /^[^\p{L}\p{N}#]+/u;

/** Whether a cell says nothing: blank, or words for "no address", such as `❌ No email found`. */
export function saysNothing(cell: string | undefined): boolean {
  const text = cell?.trim() ?? '';
  return text === '' || (!text.includes('@') && isPlaceholderWord(text.replace(MARKS, '')));
}

const MAIL =
  /mail|correo|courriel|courrier|epost|sahkoposti|posta|poczta|poste?elettronica|почта|имейл|メール|邮箱|邮件|郵件|이메일|ايميل|بريد/u;
const NO_ADDRESS =
  /mailing|mailchimp|mailgun|mailbox|mailer|gmail(?:label|id)|postal|postcode|status|valid|verif|bounce|opt(?:in|out)|domain|hash|md5|sha256|subject|template|provider|unsubscri|sent|opened|clicked|replied/;
/** Whether a column's name is one under which a lead's address is to be expected. */
export function isEmailName(header: string): boolean {
  const joined = foldedWords(header).join('');
  if (joined.length > 60 || !MAIL.test(joined) || NO_ADDRESS.test(joined)) return false;
  return !isSomebodyElses(header);
}

const FIRST =
  /^(?:work|business|primary|main|recommended|best|preferred|professional|corporate|office|company|default|1|geschaft\p{L}*|dienst\p{L}*|arbeit\p{L}*|beruf\p{L}*|firma|firmen|haupt\p{L}*|profession\p{L}*|travail|principal\p{L}*|trabajo|laboral|empresa|trabalho|lavoro|aziendale|werk|zakelijk\p{L}*|jobb|arbete\p{L}*|arbejde\p{L}*|praca|sluzbow\p{L}*)$/u;
const LAST =
  /^(?:personal|private|privat\p{L}*|home|other|secondary|second|alternat\p{L}*|alt|additional|backup|old|previous|former|[2-9]|\d\d+|sonstige|weitere|zweite|personnel\p{L}*|perso|autre|otro|secundari\p{L}*|altro|overig|annan|inn[ae])$/u;

/** 2 for a first address (work, primary, 1), 1 for a plain name, 0 for a second one (personal, other, 2). */
function rankOf(header: string): number {
  const words = foldedWords(header);
  if (words.some((word) => LAST.test(word))) return 0;
  if (words.some((word) => FIRST.test(word)) || /^(?:work|business|primary)e?mail/.test(words.join(''))) return 2;
  return 1;
}

/** What the values say about where the addresses are. */
export type EmailColumn = { index: number } | { message: string; next: string };

/** The share of a column's cells that must be addresses, of those that say something. */
const MOST = 0.8;

/** The columns whose cells are addresses, by the rows of a sample. */
export function addressColumns(width: number, sample: readonly (readonly unknown[])[]): number[] {
  const columns: number[] = [];
  for (let index = 0; index < width; index++) {
    let told = 0;
    let addresses = 0;
    for (const row of sample) {
      const cell = row[index];
      if (typeof cell !== 'string' || saysNothing(cell)) continue;
      told++;
      if (holdsAddress(cell)) addresses++;
    }
    if (addresses > 0 && addresses >= told * MOST) columns.push(index);
  }
  return columns;
}

/**
 * The e-mail column of a table that has no header drason knows: the one that holds addresses, if its name is one for an
 * address. Otherwise what to tell the user. Undefined when nothing in the table is an address.
 */
export function findEmailColumn(
  headers: readonly string[],
  sample: readonly (readonly unknown[])[],
): EmailColumn | undefined {
  const nameOf = (index: number) => headers[index] ?? '';
  let holding = addressColumns(headers.length, sample);
  const plausible = (holding.length > 0 ? holding : emptyColumns(headers.length, sample)).filter((index) =>
    isEmailName(nameOf(index)),
  );
  const best = Math.max(...plausible.map((index) => rankOf(nameOf(index))));
  const first = plausible.filter((index) => rankOf(nameOf(index)) === best);
  if (first.length === 1) return { index: first[0] ?? -1 };
  if (first.length > 1) holding = first;
  const others = holding.filter((index) => !isSomebodyElses(nameOf(index)));
  const nameless = others.find((index) => nameOf(index) === '');
  if (others.length === 1 && nameless !== undefined) {
    return {
      message: `no e-mail column: column ${nameless + 1} holds addresses, but has no name`,
      next: 'Write "email" above it.',
    };
  }
  const names = others.map(nameOf).filter((name) => name !== '');
  if (names.length === 0) return undefined;
  if (names.length === 1) {
    return {
      message: `no e-mail column: ${quote(names[0] ?? '')} holds addresses, but its name does not say that they are the leads'`,
      next: `If they are, add ${mapFlag(names[0] ?? '')}`,
    };
  }
  return {
    message: `no e-mail column that is sure: ${quoteList(names)} hold addresses`,
    next: `Add one of: ${names.slice(0, 8).map(mapFlag).join(', or ')}`,
  };
}

/**
 * Further columns with a name for an address and addresses in them, the best first: they fill in where the lead's own
 * is empty. `taken` columns are something else already.
 */
export function spareEmails(
  headers: readonly string[],
  sample: readonly (readonly unknown[])[],
  taken: ReadonlySet<number>,
): number[] {
  const rank = (index: number) => rankOf(headers[index] ?? '');
  return addressColumns(headers.length, sample)
    .filter((index) => !taken.has(index) && isEmailName(headers[index] ?? ''))
    .sort((a, b) => rank(b) - rank(a) || a - b);
}

/** Columns in which no row says anything: in a table without rows, their names are all there is. */
function emptyColumns(width: number, sample: readonly (readonly unknown[])[]): number[] {
  const indices = Array.from({ length: width }, (_, index) => index);
  return indices.filter((index) =>
    sample.every((row) => row[index] === undefined || row[index] === null || String(row[index]).trim() === ''),
  );
}

/** The flag that names a column as the e-mail address, as a shell takes it. */
function mapFlag(name: string): string {
  return /["$`\\!]/.test(name) ? `--map 'email=${name.replaceAll("'", "'\\''")}'` : `--map email="${name}"`;
}
