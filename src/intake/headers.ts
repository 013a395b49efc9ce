import { closest, distance } from 'fastest-levenshtein';

/**
 * The form in which headers are compared: without regard to case (of any script), spaces, `_`, `-` and invisible marks.
 */
export function normalizeHeader(header: string): string {
  // Upper case first, so that ß and ẞ, σ and ς meet.
  return header
    .normalize('NFKC')
    .toUpperCase()
    .toLowerCase()
    .replace(/[\s_\p{Pd}\p{Cf}]/gu, '');
}

/** A note behind a name that only says what kind of it: `Score (0-100)`, `Phone (Work)`, `Company (current)`. */
const REMARK =
  /(?<=\S)\s*[([](?:[\d\s.–-]+|work|business|primary|main|current|required|optional|text|en|english|pflichtfeld)[)\]]\s*$/i;

/**
 * The form in which headers are looked up among known names: normalised, without accents and punctuation (`Prénom:`,
 * `Company / Account`, `State/Region`). A name with `?`, `#` or `%` is about something else (`Email?`, `# Employees`)
 * and keeps its marks.
 */
export function foldHeader(header: string): string {
  const normalized = normalizeHeader(header.replace(REMARK, ''));
  if (/^[a-z0-9]*$/.test(normalized) || /[?#%]/.test(normalized)) return normalized;
  // Norwegian and Polish letters that are no accented ones to Unicode.
  const plain = normalized.replaceAll('ø', 'o').replaceAll('ł', 'l').replaceAll('ı', 'i');
  return plain
    .normalize('NFD')
    .replace(/[^\p{L}\p{N}]/gu, '')
    .normalize('NFC');
}

/** The index of the column that a person names: spelled exactly so if there is one, else equal when normalised. */
export function findColumn(headers: readonly string[], name: string): number {
  const exact = headers.indexOf(name);
  if (exact >= 0) return exact;
  const wanted = normalizeHeader(name);
  return headers.findIndex((header) => normalizeHeader(header) === wanted);
}

/** The header most like a name, when it is near enough to be a slip of the fingers. */
export function nearestHeader(headers: readonly string[], name: string): string | undefined {
  const wanted = normalizeHeader(name);
  const known = headers.filter((header) => header !== '');
  if (known.length === 0 || wanted === '') return undefined;
  const normalized = known.map(normalizeHeader);
  const near = closest(wanted, normalized);
  // Two letters swapped count as two.
  if (distance(wanted, near) > Math.min(wanted.length - 1, Math.max(2, Math.floor(wanted.length / 3))))
    return undefined;
  return known[normalized.indexOf(near)];
}

/** Names that are equal when normalised get a number from the second on (`Notes`, `Notes 2`); empty ones stay empty. */
export function uniqueNames(headers: readonly string[]): string[] {
  const taken = new Set(headers.map(normalizeHeader));
  const seen = new Set<string>();
  return headers.map((header) => {
    const normalized = normalizeHeader(header);
    if (normalized === '' || !seen.has(normalized)) {
      seen.add(normalized);
      return header;
    }
    let number = 2;
    while (taken.has(normalizeHeader(`${header} ${number}`))) number++;
    const name = `${header} ${number}`;
    taken.add(normalizeHeader(name));
    seen.add(normalizeHeader(name));
    return name;
  });
}
