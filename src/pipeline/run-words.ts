/** A run in words: for the command line and for the page. */
import { passedOverTexts } from '../intake/passed-over.js';
import { HOLD_REASONS, type HoldReason } from '../lead.js';
import type { ListedRun } from '../store/log/run-list.js';
import { number } from '../text/wording.js';
import type { RunSummary } from './summary.js';

/** Counts in one line, such as `active 3 · held 1`; those that are 0 are left out. */
export function listed(counts: ReadonlyArray<readonly [string, number]>): string {
  const shown = counts.filter(([, n]) => n > 0).map(([name, n]) => `${name} ${number(n)}`);
  return shown.length > 0 ? shown.join(' · ') : 'none';
}

/** What became of a run's rows, in one line. */
export function outcomesText(outcomes: RunSummary['outcomes']): string {
  return listed([
    ['active', outcomes.active],
    ['already active', outcomes.already_active],
    ['held', outcomes.held],
    ['in the holding pool', outcomes.unassigned],
    ['blocked', outcomes.blocked],
    ['duplicate', outcomes.duplicate],
    ['rejected', outcomes.rejected],
  ]);
}

/** What a run's files held besides rows, in words. */
export const passedOverOf = (sums: Pick<RunSummary, 'below_table' | 'further_contacts'>) =>
  passedOverTexts({ belowTable: sums.below_table, furtherContacts: sums.further_contacts });

/** What of its leads is held now and could be done something about. */
export function undoneOf(run: ListedRun): Array<[HoldReason, number]> {
  return HOLD_REASONS.flatMap((reason) => {
    const n = run.heldNow[reason] ?? 0;
    return n > 0 && reason !== 'no_route' ? [[reason, n]] : [];
  });
}

/** Inputs that a run has left without reading them to their end. One that is at work may still get there. */
export function unreadOf(run: ListedRun): string[] {
  return run.state === 'running' ? [] : (run.unread ?? []);
}

/** How long a run took, or has taken so far, milliseconds. null: nobody can tell. */
export function durationOf(run: ListedRun, now: number): number | null {
  const end = run.endedAt === null ? now : Date.parse(run.endedAt);
  return run.state === 'ended' || run.state === 'running' ? Math.max(0, end - Date.parse(run.startedAt)) : null;
}

/** What a run was given: file names, or the filters of a retry. */
export function inputsText(inputs: unknown): string {
  if (Array.isArray(inputs)) return inputs.map((name) => (name === '-' ? 'stdin' : String(name))).join(', ');
  if (typeof inputs !== 'object' || inputs === null) return '';
  const set = Object.entries(inputs).filter(([, value]) => value !== false && value !== null);
  return set.map(([name, value]) => (value === true ? name : `${name} ${value}`)).join(', ');
}
