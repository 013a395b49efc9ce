import type { Lead, VerifierVerdict } from '../lead.js';
import type { Meaning } from './aliases.js';
import type { Cell, ColumnPlan } from './columns.js';
import { textOf } from './text-of.js';
import {
  catchAllVerdict,
  isInstantlyOut,
  isUnsubscribedFlag,
  saysUnsubscribed,
  statusVerdict,
  verifierVerdict,
  worseVerdict,
} from './verdicts.js';

const NONE: readonly number[] = [];

/** Reads what verifiers and statuses say in the row itself. Of several verdicts the worst counts. */
export function signalReader(plan: ColumnPlan): (lead: Lead, cells: readonly Cell[]) => void {
  const read: {
    index: number;
    verdict: (value: string) => VerifierVerdict | undefined;
    out: (value: string) => boolean;
  }[] = [];
  const add = (
    meaning: Meaning,
    verdict: (value: string) => VerifierVerdict | undefined,
    out: (value: string) => boolean,
  ) => {
    for (const index of plan.byMeaning.get(meaning) ?? NONE) read.push({ index, verdict, out });
  };
  const isInstantly = plan.known?.name === 'instantly';
  add('verifier', verifierVerdict, saysUnsubscribed);
  add('catch_all', catchAllVerdict, () => false);
  add('unsubscribed', () => undefined, isUnsubscribedFlag);
  add('status', statusVerdict, (value) => saysUnsubscribed(value) || (isInstantly && isInstantlyOut(value)));

  return (lead, cells) => {
    for (const { index, verdict, out } of read) {
      const value = textOf(cells[index]);
      if (value === '') continue;
      const said = verdict(value);
      if (said !== undefined) lead.verifier = worseVerdict(lead.verifier, said);
      if (out(value)) lead.unsubscribed = true;
    }
  };
}
