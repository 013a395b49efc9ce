import type { HttpResult } from '../../src/smartlead/exchange.js';
import { BELIEVED_LIES, honest, LIES, type Truth } from './answers.js';
import type { Dice } from './time.js';

/** How a campaign takes pushes, whatever they hold. */
export type Condition = 'well' | 'missing' | 'archived' | 'failing';
export interface Campaign {
  condition: Condition;
  /** Ids by address: who really is in it. */
  members: Map<string, string>;
}

export interface Request {
  kind: 'push' | 'find' | 'roster';
  campaignId: string;
  emails: readonly string[];
  asksForIds: boolean;
}
/** What comes back, and after how many milliseconds. */
export interface Reply {
  ms: number;
  result: HttpResult;
}

const answer = (status: number, body: string, headers: Record<string, string> = {}): HttpResult => ({
  kind: 'answer',
  status,
  headers,
  body,
});
const error = (status: number, message: string, headers = {}) => answer(status, JSON.stringify({ message }), headers);
const LOST: Reply = { ms: 30_000, result: { kind: 'no_answer', message: 'no answer within 30 s' } };
const HTML = answer(502, '<html>502 Bad Gateway</html>', { 'content-type': 'text/html' });

/** Leads are what their addresses begin with. `poison`: a 400 for its batch; `bane`: a 500; `unsub`, `other`: left out. */
export const isGood = (email: string): boolean => /^good/.test(email);

/** One account at a Smartlead that fails and lies: what it holds, and how it answers. */
export class Account {
  readonly campaigns: Map<string, Campaign>;
  key: 'well' | 'refused' = 'well';
  /** The share of requests that meet a fault. */
  faults = 0;
  /** The share of pushes that are answered with a lie. */
  lies = 0;
  /** Lies in the words on record, too. */
  deceives = false;
  /** Leads it has room for. */
  credits = Number.POSITIVE_INFINITY;
  /** `campaign address` of those it said were members in words nobody can doubt. */
  readonly deceived = new Set<string>();
  /** Addresses that a campaign's own fault refused: a later acceptance may blame them. */
  readonly refusedByCampaign = new Set<string>();
  readonly #dice: Dice;
  readonly #largest: number;
  readonly #naming: 'index' | 'address' | 'nobody';
  readonly #knowsIds: boolean;
  #ids = 1000;

  constructor(dice: Dice, campaigns: readonly string[]) {
    this.#dice = dice;
    this.campaigns = new Map(campaigns.map((id) => [id, { condition: 'well', members: new Map() }]));
    this.#largest = dice.chance(0.2) ? dice.between(2, 8) : 1000;
    this.#naming = dice.pick(['index', 'address', 'nobody']);
    this.#knowsIds = dice.chance(0.8);
  }

  /** Answers a request that has arrived. */
  receive(request: Request): Reply {
    const ms = this.#dice.between(20, 900);
    if (this.key === 'refused') return { ms, result: error(401, 'Invalid API Key') };
    if (this.#dice.chance(this.faults)) return this.#fault(request, ms);
    if (request.kind === 'find') return { ms, result: this.#find(request.emails[0] ?? '') };
    if (request.kind === 'roster') return { ms, result: this.#roster(request.campaignId) };
    return { ms, result: this.#push(request) };
  }

  #attach({ campaignId, emails }: Request): Truth {
    const members = this.campaigns.get(campaignId)?.members ?? new Map<string, string>();
    const added: Array<[string, string]> = [];
    const existing: Array<[string, string]> = [];
    const [unsubscribed, elsewhere, stopped]: [string[], string[], string[]] = [[], [], []];
    for (const email of emails) {
      const known = members.get(email);
      if (known !== undefined) existing.push([email, known]);
      else if (email.startsWith('unsub')) unsubscribed.push(email);
      else if (email.startsWith('other')) elsewhere.push(email);
      else if (this.credits <= 0) stopped.push(email);
      else {
        this.credits--;
        const id = String(++this.#ids);
        members.set(email, id);
        added.push([email, id]);
      }
    }
    return { added, existing, unsubscribed, elsewhere, stopped };
  }

  /** Something goes wrong that has nothing to do with what was asked. */
  #fault(request: Request, ms: number): Reply {
    const isPush = request.kind === 'push' && this.campaigns.get(request.campaignId)?.condition === 'well';
    const half = { ...request, emails: request.emails.slice(0, Math.ceil(request.emails.length / 2)) };
    const arrived = isPush ? this.#dice.pick([undefined, half, request]) : undefined;
    // what a lead does to its batch it does before anything of it is kept
    if (arrived && request.emails.every((email) => !/^(poison|bane)/.test(email))) this.#attach(arrived);
    const quickly = (result: HttpResult): Reply => ({ ms, result });
    return this.#dice.pick<() => Reply>([
      () => LOST,
      () => quickly({ kind: 'no_answer', message: 'the connection broke' }),
      () => quickly({ kind: 'no_answer', message: 'answered by changing the protocol' }),
      () => quickly(error(500, 'Internal Server Error')),
      () => quickly(error(503, 'Service Unavailable')),
      () => quickly(HTML),
      () => quickly(answer(200, '{"ok":true,"total')),
      () => quickly(error(429, 'Too many requests', { 'retry-after': String(this.#dice.between(-1, 40)) })),
    ])();
  }

  #push(request: Request): HttpResult {
    const { campaignId, emails } = request;
    const campaign = this.campaigns.get(campaignId);
    if (!campaign || campaign.condition === 'missing') return error(404, 'Campaign not found - Invalid campaign_id.');
    if (campaign.condition === 'failing') return error(500, 'Internal Server Error');
    if (request.asksForIds && !this.#knowsIds) return error(400, '"settings.return_lead_ids" is not allowed');
    if (campaign.condition === 'archived') {
      for (const email of emails) this.refusedByCampaign.add(email);
      return error(400, 'Campaign is archived');
    }
    if (emails.length > this.#largest) return answer(413, '<html>413 Request Entity Too Large</html>');
    if (emails.some((email) => email.startsWith('bane'))) return error(500, 'Internal Server Error');
    const poison = emails.findIndex((email) => email.startsWith('poison'));
    if (poison >= 0) return error(400, this.#complaint(poison, emails[poison] ?? ''));
    if (this.#dice.chance(this.lies)) return this.#lie(request);
    return answer(200, honest(this.#attach(request), this.#dice));
  }

  #complaint(index: number, email: string): string {
    if (this.#naming === 'index') return `"lead_list[${index}].email" must be a valid email`;
    return this.#naming === 'address' ? `${email} is not a valid email` : 'Validation failed';
  }

  #lie(request: Request): HttpResult {
    const { campaignId, emails } = request;
    const { members } = this.campaigns.get(campaignId) ?? { members: new Map() };
    const strangers = emails.filter((email) => !members.has(email));
    if (this.deceives && this.#dice.chance(0.3)) {
      for (const email of strangers) this.deceived.add(`${campaignId} ${email}`);
      const lie = BELIEVED_LIES[this.#dice.below(BELIEVED_LIES.length)];
      return answer(200, lie?.(emails) ?? '');
    }
    const lies = Object.values(LIES);
    const body = lies[this.#dice.below(lies.length)]?.(emails) ?? '';
    if (this.#dice.chance(0.3)) this.#attach({ ...request, emails: this.#dice.some(emails, 0.5) });
    return answer(200, body);
  }

  #find(email: string): HttpResult {
    const places = [...this.campaigns].filter(([, { members }]) => members.has(email));
    const [first] = places;
    if (!first)
      return answer(
        200,
        email.startsWith('other')
          ? JSON.stringify({ id: 77, email, lead_campaign_data: [{ campaign_id: 999 }] })
          : '{}',
      );
    const lead_campaign_data = places.map(([id]) => ({ campaign_id: Number(id) }));
    return answer(200, JSON.stringify({ id: first[1].members.get(email), email, lead_campaign_data }));
  }

  #roster(campaignId: string): HttpResult {
    const campaign = this.campaigns.get(campaignId);
    if (!campaign || campaign.condition === 'missing') return error(404, 'Campaign not found');
    const data = [...campaign.members].map(([email, id]) => ({ status: 'STARTED', lead: { id, email } }));
    return answer(200, JSON.stringify({ total_leads: String(data.length), data: data.slice(0, 100) }));
  }
}
