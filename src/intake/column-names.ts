import { ALIASES, isScoreHeader, type KnownExport, type Meaning, NAME_ALIASES, WHO_ALIASES } from './aliases.js';
import type { Cell } from './cell.js';
import { addressColumns } from './email-column.js';
import { foldHeader } from './headers.js';
import { isSomebodyElses } from './whose-address.js';

/** What comes between a thing and its field in a column's name: `lead.email`, `Person - Email`, `Contact: Email`. */
const SEPARATOR = /\.|\s+[-–—>|:]\s+|:\s+|\/|__/g;
/** A firm's address is not the person's. */
const FIRM = /organi[sz]ation|company|employer/i;
const isOthers = (header: string) => FIRM.test(header) || isSomebodyElses(header);

/** Keys by which an object says its own value: `organization.name`, `firstname.value`. */
const OWN_VALUE = /[./]\s*(?:name|value|label|title|text|display_name)$/i;

/** A column's name in the forms in which it is looked up. */
export interface ColumnName {
  forms: readonly string[];
  /** How many letters of the name it shares with the e-mail column: the deepest is nearest to the person. */
  depth: number;
}

/**
 * The names of the columns, without the beginning they share with the column of the address, `emailAt`: beside
 * `lead.email`, `lead.first_name` is the first name; beside `Person - Email - Work`, so is `Person - First name`.
 */
export function columnNames(headers: readonly string[], emailAt: number): ColumnName[] {
  const email = headers[emailAt] ?? '';
  const shared = prefixesOf(email).reverse();
  return headers.map((header) => {
    // What holds the address is the person, not one of the person's fields.
    if (email.startsWith(`${header}.`) || email.startsWith(`${header}[`)) return { forms: [], depth: 0 };
    const prefix = shared.find((one) => header.startsWith(one)) ?? '';
    const rest = header.slice(prefix.length);
    const forms = [foldHeader(rest)];
    if (prefix !== '') forms.push(foldHeader(header));
    if (OWN_VALUE.test(rest)) forms.push(foldHeader(rest.replace(OWN_VALUE, '')));
    return { forms, depth: prefix.length };
  });
}

/**
 * The column of the address among nested names (`lead.email`, `contacts[0].emails[0].email`), -1 when none or several may
 * be it: told by its last part, else by the addresses that the sample has in it.
 */
export function nestedEmail(headers: readonly string[], sample: readonly (readonly Cell[])[]): number {
  const nested = headers.flatMap((header, index) => {
    const dot = header.lastIndexOf('.');
    return dot < 1 || /\s/.test(header) || isOthers(header) ? [] : [{ index, last: header.slice(dot + 1) }];
  });
  const named = nested.filter(({ last }) => ALIASES.email.includes(foldHeader(last)));
  const filled = leadAddressColumns(headers, sample);
  for (const found of [named.map(({ index }) => index), nested.map(({ index }) => index)]) {
    const holding = found.filter((index) => filled.includes(index));
    if (holding.length > 0) return holding.length === 1 ? (holding[0] ?? -1) : -1;
  }
  return named.length === 1 ? (named[0]?.index ?? -1) : -1;
}

/** The columns in which the sample has addresses, those of owners and senders left out. */
export function leadAddressColumns(headers: readonly string[], sample: readonly (readonly Cell[])[]): number[] {
  return addressColumns(headers.length, sample).filter((index) => !isOthers(headers[index] ?? ''));
}

function prefixesOf(header: string): string[] {
  return [...header.matchAll(SEPARATOR)].map(({ index, 0: mark }) => header.slice(0, index + mark.length));
}

/** The columns of one meaning by their names, in order of precedence; `free` says which may be had. */
export function byAlias(
  meaning: Meaning,
  names: readonly ColumnName[],
  known: KnownExport | undefined,
  free: (index: number) => boolean,
): number[] {
  const found = matching(names, known?.aliases?.[meaning] ?? ALIASES[meaning], free);
  if (meaning === 'lead_score') {
    names.forEach(({ forms }, index) => {
      if (forms.some(isScoreHeader) && !found.includes(index) && free(index)) found.push(index);
    });
  }
  return PERSONAL.has(meaning) ? nearest(found, names) : found;
}

const PERSONAL: ReadonlySet<Meaning> = new Set(['first_name', 'last_name', 'full_name', 'title', 'persona', 'phone']);

function matching(
  names: readonly ColumnName[],
  aliases: readonly string[],
  free: (index: number) => boolean,
): number[] {
  const found: number[] = [];
  for (const alias of aliases) {
    names.forEach(({ forms }, index) => {
      if (forms.includes(alias) && !found.includes(index) && free(index)) found.push(index);
    });
  }
  return found;
}

/** Of columns at several depths those beside the address: `contacts[0].name`, not the firm's `display_name`. */
function nearest(found: readonly number[], names: readonly ColumnName[]): number[] {
  const depth = Math.max(0, ...found.map((index) => names[index]?.depth ?? 0));
  return found.filter((index) => names[index]?.depth === depth);
}

/**
 * Gives `Name`, `Nom`, `Contact` and their like a meaning: the full name where no column is a name; beside a first name
 * the last name (`Vorname; Name`), beside a last name the first (`Nombre; Apellidos`).
 */
export function addLooseNames(
  byMeaning: Map<Meaning, number[]>,
  names: readonly ColumnName[],
  free: (index: number) => boolean,
): void {
  if (byMeaning.has('full_name')) return;
  const [first, last] = [byMeaning.has('first_name'), byMeaning.has('last_name')];
  if (first && last) return;
  const family = nearest(matching(names, NAME_ALIASES, free), names).slice(0, 1);
  const whole = new Set([...family, ...matching(names, WHO_ALIASES, free)]);
  const found = first || last ? family : nearest([...whole], names);
  if (found.length > 0) byMeaning.set(first ? 'last_name' : last ? 'first_name' : 'full_name', found);
}
