import type { PushOutcome } from '../smartlead/failures.js';
import type { Claim } from '../store/claims.js';
import type { StoredLead } from '../store/lead-rows.js';

/** What a refusal of a claim comes from, as far as can be told. */
export type Diagnosis =
  /** Some of the leads: the claim is taken apart. */
  | { kind: 'leads' }
  /** Perhaps not the leads: it is taken apart, and one lead nobody has named goes alone, before all others. */
  | { kind: 'in_doubt' }
  /** The request itself. `before`: leads of this run that were refused alone for this very message. */
  | { kind: 'request'; before: StoredLead[] };

/**
 * Lone leads refused with one message, and none that passed: with so many it is not the leads. A sample counts twice:
 * nothing spoke against it, while the others may have been sent alone because they are bad.
 */
const LONE_REFUSALS = 10;
/** The same, when no other lead is left that might pass. */
const LONE_REFUSALS_IN_ALL = 3;
/** Refusals in a row that raise the doubt. Three bad leads in a batch do not make as many. */
const REFUSALS_IN_DOUBT = 7;

interface Campaign {
  /**
   * Some request has passed in this run. From then on only samples count as lone leads: what is left alone at the end
   * of taking a batch apart is meant to be bad.
   */
  passed: boolean;
  /** Refusals since then. */
  inRow: number;
  /** Leads refused alone since then, by message. */
  alone: Map<string, { leads: StoredLead[]; weight: number }>;
  /** Leads of refused batches, by `seq`, that have neither passed nor been refused alone yet. */
  pending: Set<number>;
  atFault: boolean;
}

const fresh = (passed: boolean, pending: Set<number>): Campaign => ({
  passed,
  inRow: 0,
  alone: new Map(),
  pending,
  atFault: false,
});

/** The group of a lead that is sent alone to find out whether any passes (see {@link Diagnosis}): before all others. */
export const sampleGroup = (attemptId: number): number => -attemptId;
const isSample = (claim: Claim): boolean => claim.group !== null && claim.group < 0;

/** What the refusals of one run tell about each campaign. */
export class Refusals {
  readonly #campaigns = new Map<string, Campaign>();

  /** Takes the outcome of a push into account, and says what it comes from if it was a refusal. */
  diagnose(claim: Claim, outcome: PushOutcome): Diagnosis {
    const pending = this.#campaigns.get(claim.campaignId)?.pending ?? new Set();
    const alone = claim.leads.length === 1;
    for (const { seq } of claim.leads) {
      if (outcome.kind === 'poisoned' && !alone) pending.add(seq);
      else pending.delete(seq);
    }
    if (outcome.kind === 'evidence') this.#campaigns.set(claim.campaignId, fresh(true, pending));
    if (outcome.kind !== 'poisoned') return { kind: 'leads' };
    const campaign = this.#campaigns.get(claim.campaignId) ?? fresh(false, pending);
    this.#campaigns.set(claim.campaignId, campaign);
    campaign.inRow++;
    const [lead] = claim.leads;
    // The lead's own address in the message makes no difference.
    const message = lead ? outcome.message.toLowerCase().replaceAll(lead.email, '') : '';
    const { leads: before, weight } = campaign.alone.get(message) ?? { leads: [], weight: 0 };
    if (lead && alone && (!campaign.passed || isSample(claim))) {
      const now = { leads: [...before, lead], weight: weight + (isSample(claim) ? 2 : 1) };
      campaign.alone.set(message, now);
      const none = pending.size === 0 && !campaign.passed && now.leads.length >= LONE_REFUSALS_IN_ALL;
      campaign.atFault ||= none || now.weight >= LONE_REFUSALS;
    }
    if (campaign.atFault) return { kind: 'request', before };
    return { kind: campaign.inRow < REFUSALS_IN_DOUBT ? 'leads' : 'in_doubt' };
  }
}
