import { UsageError } from '../errors.js';
import { ALIASES, type KnownExport, type Meaning, REJECTS_COLUMNS, recognizeExport } from './aliases.js';
import type { Cell } from './cell.js';
import { addLooseNames, byAlias, columnNames, nestedEmail } from './column-names.js';
import { findEmailColumn, spareEmails } from './email-column.js';
import { findColumn, foldHeader, nearestHeader, normalizeHeader, uniqueNames } from './headers.js';
import { quote, quoteList } from './quote.js';
import { refuseAllOptedOut } from './stop-signs/all-opted-out.js';
import { planSigns, type SignColumn, type SignPlan } from './stop-signs/sign-columns.js';
import type { SignFields } from './stop-signs/sign-fields.js';

/** What the user and the rules file say about columns; see IntakeOptions. */
export interface ColumnOptions {
  map: Partial<Record<string, string>>;
  fields: Partial<Record<string, string>>;
  customFields: 'all' | 'none' | readonly string[];
  source?: string;
  /** The columns that `--map` and the rules file's `fields:` name as stop signs. */
  signs?: { map: SignFields; fields: SignFields };
  /** Flags that say yes in every row are believed: a list of people who must not be mailed, or a post. */
  trusted?: boolean;
}

/** The columns of an input cannot be used as they are understood: which these are, so that they can be chosen from. */
export class ColumnsError extends UsageError {
  readonly columns: readonly string[];

  constructor(columns: readonly string[], message: string, next: string) {
    super(message, next);
    this.columns = columns;
  }
}

/** What each column of an input means. */
export interface ColumnPlan {
  known: KnownExport | undefined;
  /** The columns of each meaning, by index; the first that is not empty is used. */
  byMeaning: ReadonlyMap<Meaning, readonly number[]>;
  /** Unknown columns that become custom fields, and the further columns of a meaning that has several. */
  custom: readonly CustomColumn[];
  ignored: readonly string[];
  /** Whether a name within a `custom_fields` object becomes a custom field. */
  keepsCustom(name: string): boolean;
  /** The columns that can say whether somebody may be mailed. */
  signs: readonly SignColumn[];
  /** How an entry of a `custom_fields` object is read; undefined: it can stop nobody. */
  entrySign(name: string): SignColumn | undefined;
  /** All columns, normalised. */
  columnsRead: ReadonlySet<string>;
  /** Columns that are equal when normalised and mean the same: only JSON can have them, in different objects. */
  twins: readonly (readonly [number, number])[];
}

export interface CustomColumn {
  index: number;
  key: string;
  /** It also fills in for this field where its first column is empty, and is then no custom field of that row. */
  spareFor?: Meaning;
}

/**
 * Says what the columns `headers` mean: `--map`, then the rules file's `fields`, then the known exports, then aliases.
 * `strict` (a CSV header) throws a {@link UsageError} when two columns claim one meaning under the same name, when `--map`
 * names a missing column, and when there is no e-mail column; JSON objects may differ, so that is checked later there.
 */
export function planColumns(
  file: string,
  headers: readonly string[],
  options: ColumnOptions,
  strict: boolean,
  sample: readonly (readonly Cell[])[] = [],
): ColumnPlan {
  const normalized = headers.map(normalizeHeader);
  const known = recognizeExport(normalized);
  const left = new Set(known?.ignored ?? []);
  if (strict) checkNames(file, headers, options);
  const chosen = chooseByHand(headers, options);
  const byHand = chosen.has('email');
  const emails = known?.aliases?.email ?? ALIASES.email;
  if (!byHand && !headers.some((header) => emails.includes(foldHeader(header)))) {
    const nested = nestedEmail(headers, sample);
    const found = nested >= 0 || !strict ? nested : emailByValues(file, headers, sample);
    if (found >= 0) chosen.set('email', found);
  }
  const names = columnNames(headers, chosen.get('email') ?? -1);
  const byMeaning = new Map<Meaning, number[]>();
  for (const meaning of MEANINGS) {
    const index = chosen.get(meaning);
    const free = (at: number) => !left.has(normalized[at] ?? '') && !takenByHand(chosen, at, meaning);
    const found = index !== undefined ? [index] : byAlias(meaning, names, known, free);
    if (found.length > 0) byMeaning.set(meaning, found);
  }
  const taken = new Set([...byMeaning.values()].flat());
  const lead = byMeaning.get('email');
  if (lead && !byHand) byMeaning.set('email', [...lead, ...spareEmails(headers, sample, taken)]);
  addLooseNames(byMeaning, names, (index) => !left.has(normalized[index] ?? '') && !taken.has(index));
  const signs = findSigns(headers, normalized, byMeaning, chosen, left, options, known, sample);
  for (const [meaning, columns] of byMeaning) {
    const fields = columns.filter((index) => !signs.notFields.has(index));
    if (fields.length > 0) byMeaning.set(meaning, fields);
    else byMeaning.delete(meaning);
  }
  const twins = findTwins(byMeaning, normalized, chosen);
  const [twin] = twins;
  if (strict && twin) throw twinsError(file, headers, twin, byMeaning);
  if (strict) requireEmail(file, headers, byMeaning);
  if (strict && !options.trusted) refuseAllOptedOut(file, signs.columns, sample);
  const consumed = new Set(signs.columns.filter((column) => column.consumed).map(({ index }) => index));
  return {
    known,
    byMeaning,
    twins,
    signs: signs.columns,
    entrySign: entrySigns(options),
    columnsRead: new Set(normalized),
    ...unknownColumns(headers, normalized, byMeaning, left, consumed, options.customFields),
  };
}

function findSigns(
  headers: readonly string[],
  normalized: readonly string[],
  byMeaning: ReadonlyMap<Meaning, readonly number[]>,
  chosen: ReadonlyMap<Meaning, number>,
  left: ReadonlySet<string>,
  options: ColumnOptions,
  known: KnownExport | undefined,
  sample: readonly (readonly Cell[])[],
): SignPlan {
  const skipped = new Set(chosen.values());
  normalized.forEach((name, index) => {
    if (left.has(name) || !isForeign(headers[index] ?? '')) skipped.add(index);
  });
  return planSigns({
    headers,
    sample,
    named: options.signs ? [options.signs.map, options.signs.fields] : [],
    mapped: new Set([...byMeaning.values()].flat()),
    skipped,
    emails: byMeaning.get('email') ?? [],
    isInstantly: known?.name === 'instantly',
  });
}

function entrySigns({ signs }: ColumnOptions): ColumnPlan['entrySign'] {
  const known = new Map<string, SignColumn | undefined>();
  const none = new Set<number>();
  const named = signs ? [signs.map, signs.fields] : [];
  return (name) => {
    if (known.has(name)) return known.get(name);
    const input = { headers: [name], sample: [], named, mapped: none, skipped: none, emails: [], isInstantly: false };
    const [sign] = planSigns(input).columns;
    if (known.size < 500) known.set(name, sign);
    return sign;
  };
}

const MEANINGS = Object.keys(ALIASES).filter((name): name is Meaning => name in ALIASES);

function chooseByHand(headers: readonly string[], options: ColumnOptions): Map<Meaning, number> {
  const chosen = new Map<Meaning, number>();
  for (const meaning of MEANINGS) {
    const name = options.map[meaning] ?? options.fields[meaning];
    const index = name === undefined ? -1 : findColumn(headers, name);
    if (index >= 0) chosen.set(meaning, index);
  }
  return chosen;
}

/** A column chosen by hand means that and nothing else, save that a title chosen as the persona stays the title. */
function takenByHand(chosen: ReadonlyMap<Meaning, number>, index: number, meaning: Meaning): boolean {
  for (const [other, taken] of chosen)
    if (taken === index && !(meaning === 'title' && other === 'persona')) return true;
  return false;
}

function findTwins(
  byMeaning: ReadonlyMap<Meaning, readonly number[]>,
  normalized: readonly string[],
  chosen: ReadonlyMap<Meaning, number>,
): [number, number][] {
  const twins: [number, number][] = [];
  for (const [meaning, columns] of byMeaning) {
    if (chosen.has(meaning)) continue;
    for (let i = 1; i < columns.length; i++) {
      const [first, second] = [columns[i - 1] ?? -1, columns[i] ?? -1];
      if (normalized[first] === normalized[second]) twins.push([first, second]);
    }
  }
  return twins;
}

function unknownColumns(
  headers: readonly string[],
  normalized: readonly string[],
  byMeaning: ReadonlyMap<Meaning, readonly number[]>,
  left: ReadonlySet<string>,
  consumed: ReadonlySet<number>,
  wanted: ColumnOptions['customFields'],
): Pick<ColumnPlan, 'custom' | 'ignored' | 'keepsCustom'> {
  const used = new Set(consumed);
  const spare = new Map<number, Meaning>();
  for (const [meaning, columns] of byMeaning) {
    columns.forEach((index, rank) => {
      if (rank === 0 || meaning === 'custom_fields') used.add(index);
      else spare.set(index, meaning);
    });
  }
  const wantedNames = new Set(typeof wanted === 'string' ? [] : wanted.map(normalizeHeader));
  const keepsCustom = (name: string) => wanted === 'all' || wantedNames.has(normalizeHeader(name));
  const custom: CustomColumn[] = [];
  const ignored = headers.filter((header) => !isForeign(header));
  const places = headers.flatMap((header, index) => (isForeign(header) ? [index] : []));
  // drason's own columns are told by their exact name: `Line` and `Reason` may be anybody's.
  uniqueNames(headers.filter(isForeign)).forEach((key, rank) => {
    const index = places[rank] ?? -1;
    if (used.has(index)) return;
    if (key === '') ignored.push(`(column ${index + 1}, which has no header)`);
    else if (left.has(normalized[index] ?? '') || !keepsCustom(key)) ignored.push(key);
    else {
      const spareFor = spare.get(index);
      custom.push(spareFor === undefined ? { index, key } : { index, key, spareFor });
    }
  });
  return { custom, ignored, keepsCustom };
}

/** Every column that `--map` names. */
export function namedByUser({ map, signs }: Pick<ColumnOptions, 'map' | 'signs'>): string[] {
  return [...Object.values(map), ...Object.values(signs?.map ?? {}).flat()].filter((name) => name !== undefined);
}

function checkNames(file: string, headers: readonly string[], options: ColumnOptions): void {
  const { map, fields } = options;
  for (const name of namedByUser(options)) requireColumn(file, headers, name);
  for (const name of [...Object.values(map), ...Object.values(fields)]) {
    if (name === undefined) continue;
    const exact = headers.filter((header) => header === name);
    const meant =
      exact.length > 0 ? exact : headers.filter((header) => normalizeHeader(header) === normalizeHeader(name));
    if (meant.length < 2) continue;
    throw new ColumnsError(
      headers,
      `${file}: ${quote(name)} may be any of the columns ${quoteList(meant)}`,
      'Rename one of them.',
    );
  }
}

function isForeign(header: string): boolean {
  return !REJECTS_COLUMNS.includes(header);
}

/** Throws a {@link UsageError} that lists the columns unless one of them is called `name`. */
export function requireColumn(file: string, headers: readonly string[], name: string): void {
  if (findColumn(headers, name) >= 0) return;
  const near = nearestHeader(headers, name);
  throw new ColumnsError(
    headers,
    `${file} has no column ${quote(name)}; its columns are ${quoteList(headers)}`,
    near === undefined ? 'Give --map the name of one of these columns.' : `Did you mean ${quote(near)}?`,
  );
}

/** The column whose values are the addresses. Throws a {@link UsageError} that says what to do when that is not sure. */
function emailByValues(file: string, headers: readonly string[], sample: readonly (readonly Cell[])[]): number {
  const found = findEmailColumn(headers, sample);
  if (found === undefined) requireEmail(file, headers, new Map());
  else if ('message' in found) throw new ColumnsError(headers, `${file} has ${found.message}`, found.next);
  else return found.index;
  return -1;
}

/** Throws a {@link UsageError} that lists the columns when none of them holds the e-mail address. */
export function requireEmail(file: string, headers: readonly string[], byMeaning: ColumnPlan['byMeaning']): void {
  if (byMeaning.has('email')) return;
  throw new ColumnsError(
    headers,
    `${file} has no e-mail column; its columns are ${quoteList(headers)}`,
    'Say which column it is: --map email="…"',
  );
}

function twinsError(
  file: string,
  headers: readonly string[],
  [first, second]: readonly [number, number],
  byMeaning: ColumnPlan['byMeaning'],
): ColumnsError {
  const meaning = [...byMeaning].find(([, columns]) => columns.includes(first))?.[0] ?? '';
  return new ColumnsError(
    headers,
    `${file}: columns ${first + 1} ${quote(headers[first] ?? '')} and ${second + 1} ${quote(headers[second] ?? '')} both mean ${meaning}`,
    'Rename or remove one of them.',
  );
}
