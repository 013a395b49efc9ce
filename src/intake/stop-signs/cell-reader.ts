/** What the cells of each kind of column say. */
import type { NameReading } from './column-name.js';
import { DO_NOT_WRITE } from './do-not-write.js';
import { readGroups } from './grouping.js';
import { hasLeft } from './list-state.js';
import { readWords, type Sign, stricter } from './value-words.js';
import { phrases, says, spacedWords } from './words.js';
import { isDate, readFlag } from './yes-no.js';

/**
 * How a column is read. `verifier_status`: named like a status, and holds a verifier's words. `leaning`: only named so. `list_state`: of a mailing list's
 * members; `maybe_list_state`: perhaps. `grouping`: tags and types. `scanned`: nothing is known
 * of it, but a cell may say so unmistakably.
 */
export type SignKind =
  | Exclude<NameReading['kind'], 'unknown' | 'none'>
  | 'verifier_status'
  | 'leaning'
  | 'list_state'
  | 'maybe_list_state'
  | 'grouping'
  | 'scanned'
  | 'instantly';

/** What one text of a column says; undefined: nothing about mailing. */
export type CellReader = (text: string) => Sign | undefined;

const ALL_MAIL = new Set(
  'email emails mail mails all everything global marketing newsletter any both remove removed exclude excluded stop requested'.split(
    ' ',
  ),
);
const OTHER_CHANNELS_ONLY = phrases(
  'phone | call | calls | sms | text | fax | whatsapp | linkedin | post | postal | letter',
);
const CONSENT_GIVEN = phrases(`
  granted | given | explicit | express | implied | legitimate interest* | performance of a contract | contract | compliant
  agreed | accepted | permitted | enabled | confirmed | member | registered | active | marketing contact | weekly | daily | monthly
  freely given* | consent | customer | existing customer | existing relationship | signed up | form | single | double | not applicable
  zugestimmt | erteilt | eingewilligt | accorde | donne | otorgado | concedido | concesso | udzielona | aktiv | bestatigt
`);
/** `not given`, `nicht erteilt`: the word for a consent, turned round. */
const NOT_GIVEN = / (not|never|nicht|non|pas|sin|niet|nie|ikke|inte|ej|nao) /;
/** The verb of a column's name without its negation: `Send Marketing Materials = Send`, `Exclude = Include`. */
const DO_IT = /^(?:send|contact|allow|permit|include|keep|receive|sende[nt]?|envoyer|contacter|enviar|inviare)$/;
const CONSENT_MISSING = new Set(
  'none never nothing denied declined refused rejected pending expired unconfirmed missing keine aucun ninguno nessuno nenhum geen brak ingen'.split(
    ' ',
  ),
);
const NUMBER = /^[-+]?\d+([.,]\d+)?\s*%?$/;

const isCount = (text: string) => NUMBER.test(text) && !/^[-+]?[01]([.,]0+)?$/.test(text) && !isDate(text);

/** A yes or a no, else what the words say, else `fallback`. */
function flagOrWords(text: string, yes: Sign, no: Sign, fallback: CellReader): Sign | undefined {
  const flag = readFlag(text);
  if (flag !== undefined) return flag === 'blank' ? undefined : flag === 'yes' ? yes : no;
  if (DO_IT.test(text.trim().toLowerCase())) return 'clear';
  const said = readWords(text);
  // A verifier's `do not send` is about an address, a person's about mailing.
  if (said?.sign === 'invalid' && says(DO_NOT_WRITE, spacedWords(text))) return 'opted_out';
  return said?.sign ?? fallback(text);
}

/** The strictest of what the values of a JSON object or list say; undefined: the text is no such thing. */
function readJson(text: string, read: CellReader): { sign: Sign | undefined } | undefined {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    const values: unknown[] = Object.values(Object(JSON.parse(text)));
    const signs = values.map((value) => read(typeof value === 'string' ? value : JSON.stringify(value)));
    return { sign: signs.reduce(stricter, undefined) };
  } catch {
    return undefined;
  }
}

function readOptOut(text: string): Sign | undefined {
  // the page on which one opts out
  if (/^(https?:\/\/|mailto:)/i.test(text.trim())) return undefined;
  const inside = readJson(text, readOptOut);
  if (inside) return inside.sign;
  return flagOrWords(text, 'opted_out', 'clear', () => {
    const written = spacedWords(text);
    if (
      isDate(text) ||
      written
        .trim()
        .split(' ')
        .every((word) => ALL_MAIL.has(word))
    )
      return 'opted_out';
    return written
      .trim()
      .split(' ')
      .every((word) => says(OTHER_CHANNELS_ONLY, ` ${word} `))
      ? 'clear'
      : 'unclear';
  });
}

/** When or why it happened: whatever is there says that it did. */
function readFact(text: string, happened: Sign): Sign | undefined {
  const flag = readFlag(text);
  if (flag === 'blank') return undefined;
  if (flag === 'no') return 'clear';
  const said = readWords(text);
  // `Suppression Reason: HardBounce`: the list is of addresses as well as of people who asked for it.
  if (said?.sign === 'bounced') return 'bounced';
  return said?.sign === 'clear' && said.strength === 'anywhere'
    ? 'clear'
    : (stricter(said?.sign, happened) ?? happened);
}

function readConsent(text: string): Sign | undefined {
  const word = spacedWords(text).trim();
  if (CONSENT_MISSING.has(word)) return 'no_consent';
  if (isCount(text)) return undefined;
  return flagOrWords(text, 'clear', 'no_consent', () => {
    if (NOT_GIVEN.test(` ${word} `) && !/not applicable/.test(word)) return 'no_consent';
    if (isDate(text) || says(CONSENT_GIVEN, ` ${word} `) || ALL_MAIL.has(word)) return 'clear';
    return 'unclear';
  });
}

function readBounce(text: string): Sign | undefined {
  if (/^\d{1,3}$/.test(text) && !/^[01]$/.test(text)) return 'bounced';
  const inside = readJson(text, readBounce);
  if (inside) return inside.sign;
  if (/^(soft|transient|temporary|block|delivered|sent|opened|clicked|ok)$/i.test(text.trim())) return 'clear';
  return flagOrWords(text, 'bounced', 'clear', () => {
    if (isDate(text) || /^(hard|permanent)$/i.test(text.trim()) || /\b5\d\d\b|\b5\.\d\.\d/.test(text)) return 'bounced';
    return /\b4\d\d\b|\b4\.\d\.\d/.test(text) ? 'clear' : 'unclear';
  });
}

/** A verifier's word about an address, or a yes or no to what the column asks. */
function readVerdict(text: string, yes: Sign, no: Sign): Sign | undefined {
  const flag = NUMBER.test(text) && !/^[01]([.,]0+)?$/.test(text) ? 'blank' : readFlag(text);
  if (flag !== undefined) return flag === 'blank' ? undefined : flag === 'yes' ? yes : no;
  const said = readWords(text);
  // `complainer`, `suppressed`, `dead`: the verifier's reason not to mail an address, no wish of the person.
  if (said !== undefined) return PERSONAL.has(said.sign) && said.strength !== 'anywhere' ? 'invalid' : said.sign;
  return isDate(text) || HOSTS.test(text.trim()) ? 'clear' : 'unclear';
}

const PERSONAL: ReadonlySet<Sign> = new Set<Sign>(['opted_out', 'not_to_mail']);
/** The mail servers that answered: `mx1.acme.com, mx2.acme.com`. */
const HOSTS = /^[["']*(?:[\w-]+\.)+[a-z]{2,}\.?(?:[\s"',;\]\d]+(?:(?:[\w-]+\.)+[a-z]{2,}\.?)?)*$/i;

/** `High`, `B+`: how sure a supplier is of its addresses. */
function readGrade(text: string): Sign | undefined {
  if (/^(very high|high|excellent|[abv][+-]?)$/i.test(text.trim())) return 'valid';
  return /^(low|very low|medium|[cdf][+-]?)$/i.test(text.trim()) ? 'risky' : undefined;
}

/** Instantly writes what became of an address as a number, see docs/lead-files.md. */
function readInstantlyVerdict(text: string): Sign | undefined {
  return text === '-1' ? 'invalid' : text === '-2' || text === '-3' ? 'risky' : undefined;
}

function readStatus(text: string): Sign | undefined {
  const said = readWords(text);
  return said !== undefined && said.strength !== 'verifier' ? said.sign : undefined;
}

function readAnywhere(text: string): Sign | undefined {
  if (text.length > 60 || !MAY_SMELL.test(text)) return undefined;
  const said = readWords(text);
  return said?.strength === 'anywhere' && STOPS.has(said.sign) ? 'unclear' : undefined;
}

const STOPS: ReadonlySet<Sign> = new Set<Sign>(['opted_out', 'bounced', 'invalid', 'not_to_mail']);
/** A text without any of these has no words that stop anybody anywhere: asked for every cell, so it is one quick look. */
const MAY_SMELL =
  /uns|opt|cont|mail|boun|deliv|trap|list|left|long|wrong|employ|chang|spam|dn[ce]|mx|dns|unkn|suppr|resp|send|stop|ceas|outr|disturb|forg|eras|consent|gemeldet|bestellt|werbung|schreiben|zustell|falsch|abonn|inscri|suscri|molest|trabaj|iscri|lavora|descad|schrev|afge|benad|wypis|kontakt|wysy|регистр|отпис|писать|беспок|связ|отправ|регист|abonel|ileti|odhlas|posilat|avreg|avpren|avan|avmeld|afmeld|frameld|peruut|ala |saa |reject|unrout|syntax/i;

/** Who suppresses an address, and no fire. */
const BY_WHOM = phrases('manual* | global* | user | admin* | customer | recipient | import* | spam*');

/** What any check or exam may come to: in a column called just Result they say nothing of an address. */
const OF_ANY_CHECK =
  /^(no|false|nein|fail(ed|ure|s)?|rejected|blocked|error|n?ok|not .*|unavailable|disabled|low|medium)$/i;

/** The reader of a kind of column; `fact`: it holds when or why it happened. */
export function readerOf(kind: SignKind, fact: boolean): CellReader {
  switch (kind) {
    case 'opt_out':
      return fact ? (text) => readFact(text, 'opted_out') : readOptOut;
    case 'consent':
      return readConsent;
    case 'bounce':
      return fact ? (text) => (readBounce(text) === 'clear' ? 'clear' : readFact(text, 'bounced')) : readBounce;
    case 'bad_address':
      return (text) => readVerdict(text, 'invalid', 'clear');
    case 'good_address':
      return (text) => readGrade(text) ?? readInstantlyVerdict(text) ?? readVerdict(text, 'valid', 'invalid');
    case 'catch_all':
      return (text) => withoutUnclear(readVerdict(text, 'risky', 'clear'));
    case 'verifier':
      return (text) => readGrade(text) ?? readInstantlyVerdict(text) ?? readVerdict(text, 'valid', 'invalid');
    case 'test_record':
      return (text) => (readFlag(text) === 'yes' || isDate(text) ? 'not_to_mail' : undefined);
    case 'status':
      return readStatus;
    case 'verifier_status':
      return (text) => readWords(text)?.sign;
    case 'leaning':
      return (text) => (OF_ANY_CHECK.test(text.trim()) ? undefined : readWords(text)?.sign);
    case 'suppression_type':
      return (text) => readStatus(text) ?? (says(BY_WHOM, spacedWords(text)) ? 'opted_out' : undefined);
    case 'grouping':
      return (text) => readGroups(text, readStatus);
    case 'list_state':
      return (text) => (hasLeft(text) ? 'opted_out' : readStatus(text));
    case 'maybe_list_state':
      return (text) => readStatus(text) ?? (hasLeft(text) ? 'unclear' : undefined);
    case 'smells':
      return (text) =>
        readStatus(text) ?? (readFlag(text) !== undefined || isCount(text) || readWords(text) ? undefined : 'unclear');
    case 'instantly':
      return (text) => (text === '-1' || text === '-2' ? 'opted_out' : readStatus(text));
    case 'scanned':
      return readAnywhere;
  }
}

function withoutUnclear(sign: Sign | undefined): Sign | undefined {
  return sign === 'unclear' ? undefined : sign;
}
