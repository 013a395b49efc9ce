import { isoTime } from '../clock.js';
import type { StoreContext } from '../store/engine/context.js';
import { findRun } from '../store/log/run-list.js';
import { type UnreadInput, unreadInputs } from '../store/log/unread-inputs.js';
import { quoteArgument } from '../text/command-flags.js';
import { inputsText } from './run-words.js';

/** For so long a person is reminded; afterwards the list of runs still has it. */
const REMINDED_MS = 30 * 24 * 60 * 60 * 1000;

/** Files of the last 30 days that were not read to their end, newest first; those at work are left out. */
export async function halfReadInputs(store: StoreContext, organization: string): Promise<UnreadInput[]> {
  const found = await unreadInputs(store, organization, isoTime(store.clock.now() - REMINDED_MS));
  const atWork = new Set<string>();
  for (const id of new Set(found.map(({ run_id }) => run_id))) {
    if ((await findRun(store, organization, id))?.state === 'running') atWork.add(id);
  }
  return found.filter(({ run_id }) => !atWork.has(run_id));
}

/** One of them, as a sentence. */
export function halfReadText({ input, run_id, since }: UnreadInput): string {
  return `${inputsText([input])} was not read to its end by run ${run_id} of ${since}`;
}

/** What to do about one. */
export function readAgain({ input }: UnreadInput): string {
  return input === '-'
    ? 'Give it again: rows that were read change nothing.'
    : `drason ingest ${quoteArgument(input)}   rows that were read before change nothing`;
}
