import type { PushOutcome } from '../smartlead/failures.js';
import type { StoredLead } from '../store/leads/lead-rows.js';
import type { Claim } from '../store/queue/claim.js';
import type { RefusedBefore } from '../store/queue/refusals.js';

/** What a refusal of a claim comes from, as far as can be told. */
export type Diagnosis =
  /** Some of the leads: the claim is taken apart. */
  | { kind: 'leads' }
  /** Perhaps not the leads: it is taken apart, and one lead nobody has named goes alone, before all others. */
  | { kind: 'in_doubt' }
  /** No refusal, but Smartlead fails whenever these leads are sent, and not for others: the claim is halved. */
  | { kind: 'halve' }
  /** One lead, alone, and nothing says whether it or the campaign is at fault: noted, and tried again later. */
  | { kind: 'unproven'; message: string }
  /** A lead that is to blame: the message names it, or the campaign took another since. `message`: noted, if set. */
  | { kind: 'lead'; message?: string }
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
  /** How often it has taken some lead in this run. */
  accepted: number;
  /** By `seq` of {@link pending}: the same, when the lead's batch was refused. */
  acceptedBefore: Map<number, number>;
}

const fresh = (passed: boolean, pending: Set<number>, before?: Campaign): Campaign => ({
  accepted: before?.accepted ?? 0,
  acceptedBefore: before?.acceptedBefore ?? new Map(),
  passed,
  inRow: 0,
  alone: new Map(),
  pending,
  atFault: false,
});

/** The campaign was at fault: what it took before says nothing against the leads that it has refused. */
function stopped(campaign: Campaign, before: StoredLead[]): Diagnosis {
  campaign.acceptedBefore.clear();
  return { kind: 'request', before };
}

export type Poisoned = Extract<PushOutcome, { kind: 'poisoned' }>;

/** The message as others of the campaign would get it: the lead's own address in it makes no difference. */
export const withoutLead = (message: string, email: string): string => message.toLowerCase().replaceAll(email, '');

/** A field of a lead, quoted or as the end of a path; as the name of a value it says nothing. */
const FIELD =
  /(?:["'`]|\.)(?:email|first_name|last_name|company_name|phone_number|website|location|linkedin_profile|company_url|custom_fields)(?:\.\w{1,80})?\\?["'`](?!\s?:)/;
/** A refusal says what it is about at its beginning. */
const READ_CHARACTERS = 10_000;

/** Whether a refusal is about the lead itself, and not about its campaign: it names its place, address or a field. */
function namesLead({ named }: Poisoned, body: string): boolean {
  return named.length > 0 || FIELD.test(body.slice(0, READ_CHARACTERS));
}

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
    const known = this.#campaigns.get(claim.campaignId);
    if (outcome.kind === 'evidence') {
      const campaign = fresh(true, pending, known);
      if (outcome.evidence.verdicts.some(({ kind }) => kind === 'accepted')) campaign.accepted++;
      for (const { seq } of claim.leads) campaign.acceptedBefore.delete(seq);
      this.#campaigns.set(claim.campaignId, campaign);
    }
    if (outcome.kind !== 'poisoned') return { kind: 'leads' };
    const campaign = known ?? fresh(false, pending);
    this.#campaigns.set(claim.campaignId, campaign);
    campaign.inRow++;
    for (const { seq } of claim.leads) {
      if (!campaign.acceptedBefore.has(seq)) campaign.acceptedBefore.set(seq, campaign.accepted);
    }
    const [lead] = claim.leads;
    const message = lead ? withoutLead(outcome.message, lead.email) : '';
    const { leads: before, weight } = campaign.alone.get(message) ?? { leads: [], weight: 0 };
    if (lead && alone && (!campaign.passed || isSample(claim))) {
      const now = { leads: [...before, lead], weight: weight + (isSample(claim) ? 2 : 1) };
      campaign.alone.set(message, now);
      const none = pending.size === 0 && !campaign.passed && now.leads.length >= LONE_REFUSALS_IN_ALL;
      campaign.atFault ||= none || now.weight >= LONE_REFUSALS;
    }
    if (campaign.atFault) return stopped(campaign, before);
    return { kind: campaign.inRow < REFUSALS_IN_DOUBT ? 'leads' : 'in_doubt' };
  }
  /** What a lead is to blame for that was refused alone; `before` is what all processes know of its campaign. */
  judge(claim: Claim, outcome: Poisoned, body: string, before: RefusedBefore): Diagnosis {
    const [lead] = claim.leads;
    const campaign = this.#campaigns.get(claim.campaignId);
    if (!lead || !campaign) return { kind: 'leads' };
    const message = withoutLead(outcome.message, lead.email);
    const since = campaign.acceptedBefore.get(lead.seq) ?? campaign.accepted;
    if (before.acceptedSince || campaign.accepted > since) return { kind: 'lead' };
    if (before.isStopped) return stopped(campaign, []);
    if (campaign.pending.size === 0 && before.others.length + 1 >= LONE_REFUSALS_IN_ALL) {
      return stopped(campaign, before.others);
    }
    return namesLead(outcome, body) ? { kind: 'lead', message } : { kind: 'unproven', message };
  }
}
