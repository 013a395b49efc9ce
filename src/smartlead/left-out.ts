import type { AddLeadsAnswer } from './answers.js';
import type { Verdict } from './verdict.js';

/** A way of leaving leads out: how many it counts, whom it names, and what it means for a lead. */
interface LeftOut {
  /** What is counted, by number alone or by list; undefined where the answer says nothing of it. */
  count: number | undefined;
  listed: readonly string[];
  /** Its counter and its list cannot both be true. */
  disputed: boolean;
  verdict: Verdict;
}

function leftOut(verdict: Verdict, count: number | undefined, list?: number | string[]): LeftOut {
  const listed = Array.isArray(list) ? list : [];
  const told = Array.isArray(list) ? list.length : list;
  const disputed = count !== undefined && told !== undefined && (Array.isArray(list) ? told > count : told !== count);
  return { count: told === undefined ? count : Math.max(count ?? 0, told), listed, disputed, verdict };
}

const refused = (message: string): Verdict => ({ kind: 'refused', message });

/** The ways of leaving leads out that an answer can tell of. */
export function waysLeftOut(answer: AddLeadsAnswer): LeftOut[] {
  return [
    leftOut(refused('Smartlead says the address is invalid'), answer.invalid_email_count, answer.invalid_emails),
    leftOut(refused('Smartlead says the lead has unsubscribed'), undefined, answer.unsubscribed_leads),
    leftOut(refused('Smartlead has the lead on its block list'), answer.block_count),
    leftOut(refused('Smartlead has seen the address bounce'), answer.bounce_count),
    leftOut({ kind: 'in_other_campaign' }, answer.skipped_in_other_campaign_count),
    leftOut({ kind: 'credit_limit' }, answer.lead_import_stopped_count),
  ];
}
