import type { StoryEntry } from './story-types.js';

/** Entries that are told once, and how often they were repeated after that. */
export interface Fold {
  entries: StoryEntry[];
  /** How many more times the same came, one after the other; 0 for what is told as it was. */
  more: number;
  /** When the last of them was; null where there is none. */
  until: string | null;
  /** The attempts among the repetitions. */
  attempts: number[];
  /** How many leads each of those requests was for. */
  leads: number[];
}

/** So many repetitions are told one by one. */
const TOLD_ONE_BY_ONE = 2;
/** The longest series that is looked for: a retry's decision, its attempt, and what its answer brought. */
const LONGEST_SERIES = 3;

/** Smartlead's messages name places in a batch, which differ from half to half. */
const withoutNumbers = (text: string | null) => text?.replace(/\d+/g, '#') ?? null;

/** What two entries have in common when the one tells no more than the other. */
function sameness(entry: StoryEntry): string {
  switch (entry.kind) {
    case 'attempt': {
      const { step, outcome, http_status, message, result, late, reopened } = entry;
      const { hold_reason, evidence } = result;
      return JSON.stringify([
        step,
        outcome,
        http_status,
        withoutNumbers(message),
        hold_reason,
        evidence,
        late,
        reopened,
      ]);
    }
    case 'retry':
      return JSON.stringify([entry.was, entry.decision]);
    case 'arrival':
      return JSON.stringify([entry.file, entry.line, entry.again, entry.changed, entry.decision]);
    case 'held':
      return JSON.stringify([entry.hold_reason, withoutNumbers(entry.message)]);
    default:
      return JSON.stringify([entry.kind, entry.action, withoutNumbers(entry.text)]);
  }
}

/** How often the series of `length` entries that begins at `from` follows itself. */
function repetitions(same: readonly string[], from: number, length: number): number {
  let n = 0;
  for (;;) {
    const next = from + (n + 1) * length;
    if (next + length > same.length) return n;
    for (let i = 0; i < length; i++) if (same[next + i] !== same[from + i]) return n;
    n++;
  }
}

/**
 * Draws together what was repeated, so that a lead of a batch that was split twelve times, or one that a nightly retry
 * could not deliver for weeks, can be read. Nothing else is left out. Pure.
 */
export function foldStory(entries: readonly StoryEntry[]): Fold[] {
  const same = entries.map((entry) => `${entry.kind} ${sameness(entry)}`);
  const folds: Fold[] = [];
  for (let at = 0; at < entries.length; ) {
    let length = 1;
    let more = 0;
    for (let tried = 1; tried <= LONGEST_SERIES && more === 0; tried++) {
      const n = repetitions(same, at, tried);
      if (n >= TOLD_ONE_BY_ONE) [length, more] = [tried, n];
    }
    const end = at + length * (more + 1);
    const repeated = entries.slice(at + length, end);
    const attempts = repeated.filter((entry) => entry.kind === 'attempt');
    folds.push({
      entries: entries.slice(at, at + length),
      more,
      until: repeated.at(-1)?.at ?? null,
      attempts: attempts.map((entry) => entry.number),
      leads: attempts.flatMap(({ leads }) => (leads === null ? [] : [leads])),
    });
    at = end;
  }
  return folds;
}
