import type { Claim } from '../store/queue/claim.js';
import type { AttemptSettlement } from '../store/queue/settlement.js';
import type { Stop } from '../store/queue/stops.js';

/** The log lines of docs/contract.md, the same for --verbose and for the service. */
export interface PushLine {
  text: string;
  /** The push of a lead has failed. */
  failed: boolean;
}

/** What is stopped, as a log line begins with it. */
const stoppedPart = ({ campaignId }: Stop): string =>
  campaignId === '' ? 'the stopped key' : `the stopped campaign ${campaignId}`;

/** Leads are about to be pushed. One that only tries a stop out is not named: it may be another each time. */
export function pushingLines({ probe, leads, campaignId }: Claim): string[] {
  if (probe) return [`[SMARTLEAD] Trying ${stoppedPart(probe)} again with one lead: ${probe.message}`];
  return leads.map(({ email }) => `[INGEST] Pushing lead ${email} to Smartlead campaign ${campaignId}`);
}

/** What Smartlead, or the way to it, made of a lead: status, message and counters. */
function answerText(settlement: AttemptSettlement, lastError: string | null): string {
  const { httpStatus, outcome, message, answer } = settlement;
  const why = lastError ?? message ?? '';
  const counters = answer === undefined ? '' : ` ${JSON.stringify(answer)}`;
  // A look-up is several requests and has no status of its own; a message that came with a status begins with it.
  if (httpStatus === null) return `${outcome === 'looked_up' ? '' : 'no answer, '}${why}${counters}`;
  const bare = why.startsWith(`${httpStatus} `) ? why.slice(String(httpStatus).length + 1) : why;
  return `status ${httpStatus}, ${bare}${counters}`;
}

/** What a settled batch says of each of its leads. */
export function settledLines({ campaignId, leads, probe }: Claim, settlement: AttemptSettlement): PushLine[] {
  if (probe && settlement.stop) {
    const text = answerText(settlement, null);
    return [{ text: `[SMARTLEAD] Trying ${stoppedPart(probe)} again has failed: ${text}`, failed: false }];
  }
  return settlement.leads.flatMap(({ evidence, state, audit }, index): PushLine[] => {
    const email = leads[index]?.email ?? '';
    if (evidence !== undefined) {
      return [
        { text: '[SMARTLEAD] Successfully pushed lead to campaign', failed: false },
        { text: `[INGEST] Successfully pushed lead ${email} to Smartlead campaign ${campaignId}`, failed: false },
      ];
    }
    const answer = answerText(settlement, state.last_error);
    if (audit.action === 'push_failed') {
      return [
        { text: `[SMARTLEAD] Failed to push lead to campaign: ${answer}`, failed: true },
        { text: `[INGEST] Failed to push lead ${email} to Smartlead campaign ${campaignId}`, failed: true },
      ];
    }
    const step = `[INGEST] Holding lead ${email} for another step towards Smartlead campaign ${campaignId}: ${answer}`;
    return [{ text: step, failed: false }];
  });
}
