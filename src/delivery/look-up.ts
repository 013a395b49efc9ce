import type { HttpResult } from '../smartlead/exchange.js';
import { readLookup, readRosterPage } from '../smartlead/look-up.js';
import { ROSTER_PAGE } from '../smartlead/wire.js';
import type { MayWrite } from '../smartlead/write-gate.js';
import type { Claim } from '../store/queue/claim.js';
import { holdsLease, LEASE_MS, renewLease } from '../store/queue/claims.js';
import { giveBack, takeToken } from '../store/queue/rate-budget.js';
import type { Sender } from './sender.js';
import type { Found } from './settle.js';

/** The requests of one look-up: the first has the claim's token, each further one waits for its own. */
class Requests {
  readonly #sender: Sender;
  readonly #claim: Claim;
  #token: number | undefined;
  /** Until when the claim is this process's alone. */
  #lease: Pick<Claim, 'leaseSteady' | 'leaseUntil'>;

  constructor(sender: Sender, claim: Claim) {
    this.#sender = sender;
    this.#claim = claim;
    this.#token = claim.token;
    this.#lease = claim;
  }

  async #nextToken(): Promise<number | undefined> {
    const { store, keyId, pushSettings, clock, stopping } = this.#sender;
    while (!stopping.aborted && (await this.#renew())) {
      const answer = await takeToken(store, keyId, (await pushSettings()).rateLimit);
      if ('stopped' in answer) return undefined;
      if (answer.token !== undefined) return answer.token;
      await clock.sleep(answer.waitMs, stopping);
    }
    return undefined;
  }

  async #renew(): Promise<boolean> {
    const { store, clock } = this.#sender;
    const lease = { leaseSteady: clock.steady() + LEASE_MS, leaseUntil: clock.now() + LEASE_MS };
    const renewed = await renewLease(store, this.#claim.attemptId);
    if (renewed) this.#lease = lease;
    return renewed;
  }

  /** Makes one request; undefined when the run is to stop, the key is stopped, or others have taken the claim over. */
  async make(send: (mayWrite: MayWrite) => Promise<HttpResult>): Promise<HttpResult | undefined> {
    const token = this.#token ?? (await this.#nextToken());
    this.#token = undefined;
    if (token === undefined) return undefined;
    const { store, clock, onRequest } = this.#sender;
    let late = !holdsLease(clock, this.#lease);
    if (late) return undefined;
    onRequest();
    const result = await send(() => {
      late = !holdsLease(clock, this.#lease);
      return !late;
    });
    await giveBack(store, token);
    return late ? undefined : result;
  }
}

/** How many pages are worth reading: fewer than asking one by one would take, or taking the batch apart by halves. */
function pagesWorth(claim: Claim): number {
  const leads = claim.leads.length;
  return claim.step === 'roster' ? 2 * Math.ceil(Math.log2(leads)) : leads - 1;
}

/**
 * Reads the roster where it is short enough to be worth it; the first page tells. Leads it does not have are absent only
 * if it was read whole. True when Smartlead may be asked further.
 */
async function readRoster(sender: Sender, claim: Claim, requests: Requests, found: Found): Promise<boolean> {
  const { client, clock } = sender;
  const members = new Map<string, string>();
  let total = Number.POSITIVE_INFINITY;
  let pages = 1;
  for (let page = 0; page < pages; page++) {
    const result = await requests.make((mayWrite) =>
      client.campaignLeads(claim.campaignId, page * ROSTER_PAGE, ROSTER_PAGE, mayWrite),
    );
    if (!result) {
      found.brokenOff = true;
      return false;
    }
    const answer = readRosterPage(result, clock.now());
    if (answer.kind === 'unreadable') break;
    if (answer.kind !== 'page') {
      found.failure = { reason: answer, asked: new Set(claim.leads.map(({ email }) => email)) };
      break;
    }
    found.answered = true;
    for (const [email, id] of answer.members) members.set(email, id);
    // Leads that join while it is read make it longer; one that is missed then proves nothing.
    total = page === 0 ? answer.total : Math.max(total, answer.total);
    pages = Math.ceil(total / ROSTER_PAGE);
    if (answer.members.size === 0 || pages > pagesWorth(claim)) break;
  }
  const whole = found.failure === undefined && members.size >= total;
  for (const { email } of claim.leads) {
    const id = members.get(email);
    if (id !== undefined) found.leads.set(email, { present: true, evidence: 'roster', smartleadLeadId: id });
    else if (whole) found.leads.set(email, { present: false });
  }
  return found.failure === undefined;
}

/** Asks Smartlead about the leads: the roster, then, unless they can be pushed again, each that it leaves open. */
export async function lookUp(sender: Sender, claim: Claim): Promise<Found> {
  const found: Found = { leads: new Map(), answered: false, brokenOff: false };
  const requests = new Requests(sender, claim);
  const { client, clock } = sender;
  if (claim.leads.length > 1) {
    const goOn = await readRoster(sender, claim, requests, found);
    if (!goOn || claim.step === 'roster') return found;
  }
  for (const { email } of claim.leads) {
    if (found.leads.has(email)) continue;
    const result = await requests.make((mayWrite) => client.findLead(email, mayWrite));
    if (!result) {
      found.brokenOff = true;
      break;
    }
    const answer = readLookup(result, email, claim.campaignId, clock.now());
    if (answer.kind !== 'known') {
      found.failure = { reason: answer, asked: new Set([email]) };
      break;
    }
    found.answered = true;
    const { smartleadLeadId } = answer;
    found.leads.set(
      email,
      answer.present ? { present: true, evidence: 'look_up', smartleadLeadId } : { present: false },
    );
  }
  return found;
}
