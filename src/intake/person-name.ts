import { cleanText } from '../clean-text.js';
import { remember } from '../remember.js';
import { isNamePlaceholder } from './blank.js';

/** Words before a name that address a person, letters only. */
const SALUTATIONS = words(`
  mr mrs ms miss mx sir dr dring drmed prof professor herr herrn frau monsieur madame mademoiselle mme mlle senor senora senorita sra
  srta signor signora sig sigra sr dott dottssa dottor dipl dipling dhr mevr mevrouw drs pani dra profa doc mudr judr phdr
  mgr lic fru frk froken fraulein herra rouva neiti panna mister missus madam domnul doamna gospodin господин госпожа
`);
/** Those that go with a first name: `Sir Ada`, and that may be one. */
const WITH_FIRST_NAME = words('sir doc lic sor fra');
/** Between two who are addressed together: `Mr. & Mrs. Byrne`. */
const AND = new Set(['&', '+', '/', 'and', 'und', 'et', 'y', 'e', 'en', 'och', 'og', 'i']);
/** Beginnings of a last name that are no first name. */
const PARTICLES = words('van von vom zu zum de del der den di da do dos du la le ten ter af av');
/** A last name beside which `Pan` is the Polish or Czech Mr., and nobody's name. */
const SLAVIC = /(?:sk[iyýaá]|[cd]z?k[iyýaá]|wicz|czyk|[aeo]k|[ií]k|ov[aá]|uk|[łńśźżćřěů]\p{L}*)$/u;
/** Those that are also names or initials without their dot (`Ing`, `M`). */
const WITH_DOT = words(
  'm sr fr hr ing ir mag rev hon capt lt col sgt eng dna d p h st rer nat med phil jur iur hc habil mult',
);
/** What goes on after Dr., Prof. or Dipl.: `Dr. rer. nat.`, `Dr. h.c. mult.` */
const AFTER_DOCTOR = words('rer nat med phil jur iur hc habil mult ing oec pol dent vet techn theol univ');
/** Degrees and generations after a name that are nobody's name in any spelling. */
const SUFFIXES = words(`
  phd dphil mba emba cpa cfa esq msc bsc meng beng llm llb mphil pmp cissp jr jnr ii iii iv facs dds dvm edd psyd shrmcp
  shrmscp sphr phr ret dipling mres mpa mph dba frcs acca pe rn
`);
/** Which of a family: part of a last name in a column of its own, but not of how people address each other. */
const GENERATIONS = words('jr sr jnr ii iii iv');
/** Those that are names as well (`Ma`, `Do`, `Sr`), so only in capitals, or with a dot, beside a name that is not. */
const CAPITAL_SUFFIXES = words('ma ba md do jd sr bs ms ca aca vi vii ra np pa');
/** A firm's legal form: what stands before such a comma is a firm, no last name. */
const LEGAL_FORMS = words(`
  inc incorporated llc llp ltd limited plc corp corporation co company gmbh mbh ag kg ohg ug sa sas sarl srl spa sl bv nv
  ab as asa oy aps pty pte lp kk sro zoo doo
`);
/** Most names. */
const PLAIN_WORD = /^[A-ZÀ-ÖØ-Þ][a-zß-öø-ÿ]+$/;
const PICTURES = /\p{Extended_Pictographic}|\p{RI}|\p{So}|\p{Emoji_Modifier}|\uFE0F|\u20E3/gu;
/** `Ada (she/her) Byrne`, `Ada (Addie) Byrne`. */
const ASIDE = /(?<=^|\s)(?:\([\p{L}\s./,'’&-]+\)|\[[\p{L}\s./,'’&-]+\])/gu;
const MARKS = /^[-–—•|·*]+$/;
const EITHER = /^(mr|mrs|ms|m|mme|herr|frau|sr|sra|hr|fr)\.?\s*\/\s*(?=\p{L})/iu;
const STUCK = /^(dr|prof|mr|mrs|ms|mme|dipl)\.(?=\p{L})(?!-)/iu;

export interface PersonName {
  first: string;
  last: string;
}

/** A first or last name without salutation, degrees and pictures; '' where there is none. `Byrne, Jr.` stays. */
export function cleanName(written: string): string {
  if (PLAIN_WORD.test(written) && written !== 'None' && !SALUTATIONS.has(written.toLowerCase())) return written;
  return knownName(written);
}

/** Names repeat from row to row. */
const knownName = remember((written) => {
  const text = nameText(written);
  if (text === '') return '';
  const [name = ''] = withoutCredentials(text);
  // In a column of names a lone `M.` is an initial.
  if (WITH_DOT.has(letters(name))) return name;
  const left = withoutSalutation(name.split(' '));
  const kept = withoutSuffixes(left, GENERATIONS).join(' ');
  const generation = text.split(/\s*,\s*/).find((part) => part !== name && GENERATIONS.has(letters(part)));
  return kept === '' || generation === undefined ? kept : `${kept}, ${generation}`;
});

/**
 * First and last name of a full name: `Byrne, Ada` is turned round, `Ada Byrne, PhD` and `Kestrel, Inc.` are not; the
 * first word is the first name. A firm's name stays whole, as the first name, so that no word of it is lost.
 */
export function splitFullName(written: string): PersonName {
  const text = nameText(written);
  if (text === '') return { first: '', last: '' };
  const parts = withoutCredentials(text);
  const [last = '', first] = parts;
  if (parts.some((part, rank) => rank > 0 && LEGAL_FORMS.has(letters(part)))) return { first: text, last: '' };
  if (first !== undefined && parts.length === 2) {
    return {
      first: withoutSuffixes(withoutSalutation(first.split(' '))).join(' '),
      last: withoutSuffixes(withoutSalutation(last.split(' '))).join(' '),
    };
  }
  const all = parts.join(' ').split(' ');
  const named = withoutSalutation(all);
  const [given = '', ...rest] = withoutSuffixes(named);
  // `Ms. Byrne`, `Herr von Byrne`: who is addressed so with one name is addressed by the last name.
  const honorific = named.length < all.length && !WITH_FIRST_NAME.has(letters(all[0] ?? ''));
  if (honorific && (rest.length === 0 || PARTICLES.has(given))) return { first: '', last: [given, ...rest].join(' ') };
  return { first: given, last: rest.join(' ') };
}

/** Whether a text is nothing but a salutation (`Mr.`, `Frau Dr.`), as a column called Title may have it. */
export function isSalutation(text: string): boolean {
  const [first = ''] = text.split(/[\s,/]/, 1);
  const bare = letters(text);
  if (text.length > 24 || !(first.endsWith('.') || bare === 'pan' || SALUTATIONS.has(letters(first)))) return false;
  return bare === 'pan' || withoutSalutation(cleanText(text).split(/[ ,/]+/)).length === 0;
}

function nameText(written: string): string {
  const text = cleanText(written);
  if (isNamePlaceholder(text) || text.includes('@')) return '';
  const apart = text.replace(PICTURES, ' ').replace(STUCK, '$1. ').replace(EITHER, '$1 / ');
  const bare = cleanText(apart);
  const spoken = cleanText(bare.replace(ASIDE, ' '));
  const name = (/\p{L}/u.test(spoken) ? spoken : bare).replace(/ ,/g, ',').replace(/^[\s,;|•·-]+|[\s,;|•·-]+$/gu, '');
  return /\p{L}/u.test(name) ? name : '';
}

/** The parts between commas, without those that are degrees (`PhD`, `CPA, CFA`, `Jr.`). */
function withoutCredentials(text: string): string[] {
  const [name = '', ...others] = text.split(/\s*,\s*/).filter((part) => part !== '');
  const shouting = name === name.toUpperCase();
  const full = name.includes(' ');
  const isCredential = (part: string) =>
    part.split(' ').every((word) => {
      const bare = letters(word);
      if (SUFFIXES.has(bare) || CAPITAL_SUFFIXES.has(bare)) return !LEGAL_FORMS.has(bare);
      return full && !shouting && !LEGAL_FORMS.has(bare) && /^[A-Z][A-Z.\-()\d]{1,7}$/.test(word);
    });
  return [name, ...others.filter((part) => !isCredential(part))];
}

/** Drops salutations from the front. */
function withoutSalutation(parts: readonly string[]): readonly string[] {
  let from = 0;
  let doctor = false;
  for (; from < parts.length; from++) {
    const word = parts[from] ?? '';
    const bare = letters(word);
    const known =
      SALUTATIONS.has(bare) ||
      (word.endsWith('.') && (WITH_DOT.has(bare) || (doctor && AFTER_DOCTOR.has(bare)))) ||
      (bare === 'pan' && parts.length > from + 1 && SLAVIC.test(parts.at(-1) ?? '')) ||
      (from > 0 && AND.has(word) && SALUTATIONS.has(letters(parts[from + 1] ?? ''))) ||
      MARKS.test(word);
    if (!known) break;
    doctor ||= /^(?:dr|prof|professor|dipl)/.test(bare);
  }
  // A single word is a salutation only when it says so: `Sir`, `Doc` and `Lic` are somebody's name, too.
  if (
    parts.length === 1 &&
    from === 1 &&
    !/^(?:mr|mrs|ms|mx|dr|prof|professor|herr|frau|fru|frk|froken|fraulein|herra|rouva|pani|mme|mlle|dipling)$/.test(
      letters(parts[0] ?? ''),
    ) &&
    !parts[0]?.endsWith('.')
  )
    return parts;
  return parts.slice(from);
}

function withoutSuffixes(parts: readonly string[], kept: ReadonlySet<string> = new Set()): readonly string[] {
  const shouting = parts.every((word) => word === word.toUpperCase());
  let to = parts.length;
  while (to > 1) {
    const word = (parts[to - 1] ?? '').replace(/,$/, '');
    const bare = letters(word);
    const loud = CAPITAL_SUFFIXES.has(bare) && ((word === word.toUpperCase() && !shouting) || word.endsWith('.'));
    if (kept.has(bare) || (!SUFFIXES.has(bare) && !loud)) break;
    to--;
  }
  return parts.slice(0, to);
}

/** A word's letters, small and without accents: `Ph.D.` is phd, `Dipl.-Ing.` dipling. */
function letters(word: string): string {
  if (/^[a-z]*$/i.test(word)) return word.toLowerCase();
  return word
    .normalize('NFD')
    .replace(/[^\p{L}\d]/gu, '')
    .toLowerCase();
}

function words(list: string): ReadonlySet<string> {
  return new Set(list.trim().split(/\s+/));
}
