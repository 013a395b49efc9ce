import { type MemoryLimits, remember } from '../../remember.js';
/** Which columns of an input can stop somebody, and how each is read. */
import type { Cell } from '../cell.js';
import { normalizeHeader } from '../headers.js';
import { textOf } from '../text-of.js';
import { type CellReader, readerOf, type SignKind } from './cell-reader.js';
import { kindOfColumn } from './column-kind.js';
import { namedReader, type SignField, type SignFields, signFieldOf } from './sign-fields.js';
import { foldedWords, phrases, says, spacedWords } from './words.js';

/** A column that can say whether somebody may be mailed. */
export interface SignColumn {
  index: number;
  header: string;
  kind: SignKind | 'named';
  /** It holds when or why it happened. */
  fact: boolean;
  /** What a cell says; equal texts are worked out once. */
  read: CellReader;
  /** The e-mail column that the sign is about, by index; undefined: whichever the address is taken from. */
  about: number | undefined;
  /** What its no says of the lead: not bounced, or not opted out. */
  denies: 'bounce' | 'opt_out' | undefined;
  /** It says nothing but whether to mail, so it is no custom field. */
  consumed: boolean;
}

export interface SignPlan {
  columns: readonly SignColumn[];
  /** Columns with a field's name that hold a verifier's verdict: `State` is no place there, `role` no job. */
  notFields: ReadonlySet<number>;
}

interface Input {
  headers: readonly string[];
  sample: readonly (readonly Cell[])[];
  /** The user's words on this command line, then those in the rules file. */
  named: readonly SignFields[];
  /** Columns that are a field of the lead, or drason's own and left out. */
  mapped: ReadonlySet<number>;
  skipped: ReadonlySet<number>;
  /** The columns that hold the lead's address, the one with precedence first. */
  emails: readonly number[];
  isInstantly: boolean;
}

/** Columns that name a status of the person's, and whose text never was a custom field. */
const PLAIN_STATUS = new Set([
  'status',
  'subscriptionstatus',
  'emailsubscriptionstatus',
  'leadstatus',
  'lifecyclestage',
  'stage',
  'contactstatus',
]);

/** Finds the stop signs among the columns of an input. */
export function planSigns(input: Input): SignPlan {
  const { headers, sample, named, mapped, skipped, emails, isInstantly } = input;
  const prefix = prefixOf(headers[emails[0] ?? -1] ?? '');
  const verifiersFile = headers.filter((header) => says(VERIFIER_EXPORT, spacedWords(header))).length >= 2;
  const columns: SignColumn[] = [];
  const notFields = new Set<number>();
  headers.forEach((header, index) => {
    if (header === '' || skipped.has(index)) return;
    const field = signFieldOf(header, ...named);
    if (field === 'ignore') return;
    const normalized = normalizeHeader(header);
    const about = aboutColumn(header, headers, emails);
    if (about === 'another') return;
    const add = (kind: SignColumn['kind'], read: CellReader, consumed: boolean, fact = false) =>
      columns.push({
        index,
        header,
        kind,
        fact,
        denies: deniedBy(kind, field),
        read: remember(read, REMEMBERED_CELLS),
        // An opt-out is the person's, whichever address it was given for.
        about: OF_ADDRESS.has(kind) || about?.isOther ? about?.index : undefined,
        consumed,
      });
    if (field !== undefined) {
      add('named', namedReader(field, header), true);
      return;
    }
    if (isInstantly && (normalized === 'status' || normalized === 'ltintereststatus')) {
      add('instantly', readerOf('instantly', false), true);
      return;
    }
    const cells = sample.map((row) => textOf(row[index])).filter((text) => text !== '');
    if (mapped.has(index) && isVerifiersOwn(normalized, cells, verifiersFile)) {
      notFields.add(index);
      return;
    }
    const found = kindOfColumn(header, prefix, cells, mapped.has(index));
    if (!found) return;
    const { kind, fact } = found;
    if (kind === 'verifier_status' || kind === 'leaning') notFields.add(index);
    add(kind, readerOf(kind, fact), !OPEN.has(kind) || PLAIN_STATUS.has(normalized), fact);
  });
  return { columns, notFields };
}

/** Columns that only a verifier's export has, two of which tell it. */
const VERIFIER_EXPORT = phrases(`
  accept~all | *accept all | catch~all | disposable | *disposable | free | free~email | *mailbox full | *full mailbox | mx | mx record* | mx found
  toxicity | did you mean | smtp provider | no reply | sub status | *sub status | sendex | safe to send
`);

/** `score` and `role` beside a verifier's columns are the verifier's; a `role` of yes and no is no job anywhere. */
function isVerifiersOwn(normalized: string, cells: readonly string[], verifiersFile: boolean): boolean {
  if (normalized === 'score') return verifiersFile;
  if (normalized !== 'role') return false;
  return verifiersFile || (cells.length > 0 && cells.every((text) => /^(yes|no|true|false|unknown|0|1)$/i.test(text)));
}

/** What the e-mail column's name begins with: `lead.`, `Person - `. */
function prefixOf(header: string): string {
  return /^.*(?:\.| - )/.exec(header)?.[0] ?? '';
}

/** Kinds of columns that say more than whether to mail, so they stay custom fields. */
const OPEN: ReadonlySet<SignColumn['kind']> = new Set<SignColumn['kind']>([
  'status',
  'list_state',
  'maybe_list_state',
  'grouping',
  'suppression_type',
  'leaning',
  'scanned',
  'smells',
  'test_record',
]);

/** What a no in a column denies: that mail bounced, or that the person opted out. */
function deniedBy(kind: SignColumn['kind'], field: SignField | undefined): SignColumn['denies'] {
  if (kind === 'bounce' || field === 'bounced') return 'bounce';
  return kind === 'opt_out' || kind === 'consent' || field === 'unsubscribed' ? 'opt_out' : undefined;
}

/** Kinds of columns that judge one address. */
const OF_ADDRESS: ReadonlySet<SignColumn['kind']> = new Set<SignColumn['kind']>([
  'bounce',
  'bad_address',
  'good_address',
  'catch_all',
  'verifier',
  'verifier_status',
  'leaning',
]);

const OTHER_ADDRESS = /^(secondary|tertiary|second|third|alternate|alternative|alt|other|additional|backup)$/;

/**
 * The e-mail column that a sign is about: the one whose name its own begins with. `another`: an address that is none of
 * the lead's. `isOther`: it is called a second one.
 */
function aboutColumn(
  header: string,
  headers: readonly string[],
  emails: readonly number[],
): { index: number; isOther: boolean } | undefined | 'another' {
  const words = foldedWords(header);
  let best: { index: number; length: number } | undefined;
  for (const [index, other] of headers.entries()) {
    const start = foldedWords(other);
    if (start.length === 0 || start.length >= words.length || !start.some((word) => word.includes('mail'))) continue;
    if (start.some((word, place) => word !== words[place])) continue;
    if (start.length > (best?.length ?? 0)) best = { index, length: start.length };
  }
  const qualifier =
    (OTHER_ADDRESS.test(words[0] ?? '') ||
      /^non (?:work|business|primary|professional|corporate) /.test(words.join(' '))) &&
    words.some((word) => word.includes('mail'));
  if (best && emails.includes(best.index)) return { index: best.index, isOther: qualifier };
  if (best && (qualifier || best.length > 1)) return 'another';
  return qualifier ? 'another' : undefined;
}

/** A column with more different texts is no column of flags. */
const REMEMBERED_CELLS: MemoryLimits = { most: 1000, longest: 100 };
