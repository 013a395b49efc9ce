import type { Decider, Decision } from '../pipeline/decide.js';
import { describeDecision, destinationOf } from '../pipeline/explain.js';
import type { Decided } from '../pipeline/ingest-leads.js';
import type { Lacking } from '../routing/near-miss.js';
import { number, printable } from '../text/wording.js';
import type { Terminal } from './terminal.js';
import { wrapped } from './wrap.js';

/** So many decisions are shown at first, then so many for each destination, up to so many in all. */
const [FIRST, FOR_EACH, MOST] = [20, 3, 60];

/** Prints decisions of a dry run as lines of data: all of a small file, a sample of a large one. */
export function decisionSample(terminal: Terminal, decider: Decider, lacking: Lacking) {
  const shownBy = new Map<string, number>();
  let [seen, shown] = [0, 0];
  const placeOf = (decision: Decision) => `${destinationOf(decision)} ${decision.hold_reason}`;
  return {
    async print(decided: readonly Decided[]): Promise<void> {
      const lines: string[] = [];
      for (const { line, taken } of decided) {
        seen++;
        const where = placeOf(taken.decision);
        const before = shownBy.get(where) ?? 0;
        if (shown >= MOST || (shown >= FIRST && before >= FOR_EACH)) continue;
        shownBy.set(where, before + 1);
        shown++;
        const place = `${line}  `;
        const text = printable(describeDecision(taken.lead, taken.decision, decider, lacking));
        lines.push(place + wrapped(text, place.length, terminal));
      }
      if (lines.length > 0) await terminal.data(`${lines.join('\n')}\n`);
    },
    /** What was left out, if anything. */
    rest(): string | undefined {
      if (shown === seen) return undefined;
      return `… ${number(shown)} of ${number(seen)} decisions are shown; --report FILE writes them all`;
    },
  };
}
