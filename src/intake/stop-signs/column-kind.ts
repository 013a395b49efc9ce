/** What a column is, told by its name and the cells of a few rows. */
import type { SignKind } from './cell-reader.js';
import { readColumnName } from './column-name.js';
import { isGrouping } from './grouping.js';
import { listState } from './list-state.js';
import { readWords, type Sign } from './value-words.js';
import { phrases, says, spacedWords } from './words.js';
import { readFlag } from './yes-no.js';

/** Words that only a verifier writes, so that `Active` beside `Rejected` stays the status of a deal. */
const VERIFIERS_OWN = phrases(`
  valid | invalid | *deliverable | catch~all* | accept~all* | acceptall | ok~for~all | risky | spam~trap | disposable | do~not~mail
  unverifiable | mailbox* | (ultra/very) sure | nominative | email disabled | mx error | no~mx | no dns*
`);
const isVerifiersWord = (text: string) => says(VERIFIERS_OWN, spacedWords(text));

const VERDICTS: ReadonlySet<Sign> = new Set<Sign>(['valid', 'invalid', 'risky', 'clear']);
/** Names in whose columns a verifier's words are believed even where the sample has none. */
const VERIFIER_LEANING = /^(results?|quality|check|certainty|deliverability|validity|verdict)$/;
const FREE_TEXT_LENGTH = 40;

/**
 * What a column is, from its name and the cells of a few rows. Undefined: nothing in it can say anything about mailing.
 * `mapped`: the column is a field of the lead, so its values are read only where its name may mean a status.
 */
export function kindOfColumn(
  header: string,
  prefix: string,
  sample: readonly string[],
  mapped: boolean,
): { kind: SignKind; fact: boolean } | undefined {
  const { kind, fact } = readColumnName(header, prefix);
  if (kind === 'none' || (mapped && kind !== 'status')) return undefined;
  if (kind !== 'status' && kind !== 'unknown') return { kind, fact };
  const values = [...new Set(sample.map((text) => text.trim()).filter((text) => readFlag(text) !== 'blank'))];
  const readings = values.map(readWords);
  const allKnown = values.length > 0 && readings.every((reading) => reading !== undefined);
  if (kind === 'status') {
    const isVerdicts = allKnown && readings.every((reading) => reading !== undefined && VERDICTS.has(reading.sign));
    const leaning = VERIFIER_LEANING.test(spacedWords(header).trim());
    if (isVerdicts && values.some(isVerifiersWord)) return { kind: 'verifier_status', fact: false };
    return { kind: leaning && !mapped ? 'leaning' : statusKind(header, values, mapped), fact: false };
  }
  if (mapped) return undefined;
  const length = sample.reduce((sum, text) => sum + text.length, 0) / Math.max(1, sample.length);
  if (length > FREE_TEXT_LENGTH) return undefined;
  const unmistakable = readings.some((reading) => reading?.strength === 'anywhere');
  return { kind: allKnown && unmistakable ? 'verifier' : 'scanned', fact: false };
}

/** Which kind of status a column holds. A place called `State` is one only where its rows say so. */
function statusKind(header: string, values: readonly string[], mapped: boolean): SignKind {
  const member = mapped && values.length === 0 ? undefined : listState(header, values);
  if (member !== undefined) return member === 'surely' ? 'list_state' : 'maybe_list_state';
  return isGrouping(header) ? 'grouping' : 'status';
}
