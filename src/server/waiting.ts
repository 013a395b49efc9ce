import { HOLDS } from '../holds.js';
import type { StoreContext } from '../store/engine/context.js';
import { type LeadOutcome, outcomesOf } from '../store/leads/service-leads.js';

/** Another process may settle a lead, which nobody tells this one. */
const LOOK_EVERY_MS = 200;

interface Request {
  organization: string;
  emails: string[];
  /** Those of them that were on their way when last looked at. */
  left: string[];
  timeout?: NodeJS.Timeout;
  resolve: (outcomes: LeadOutcome[]) => void;
  reject: (error: unknown) => void;
}

const isOnItsWay = (outcome: LeadOutcome | undefined) =>
  outcome !== undefined && outcome.holdReason !== null && HOLDS[outcome.holdReason].underWay;

/** Requests that wait for their leads to be settled. */
export class Waiting {
  readonly #store: StoreContext;
  readonly #requests = new Set<Request>();
  #timer: NodeJS.Timeout | undefined;
  #looking = false;

  constructor(store: StoreContext) {
    this.#store = store;
  }

  /** Where leads stand when none is on its way any more, or after `ms` milliseconds. */
  async wait(organization: string, taken: readonly LeadOutcome[], ms: number): Promise<LeadOutcome[]> {
    const left = taken.filter(isOnItsWay).map(({ email }) => email);
    if (left.length === 0) return [...taken];
    const emails = taken.map(({ email }) => email);
    return new Promise((resolve, reject) => {
      const request: Request = { organization, emails, left, resolve, reject };
      request.timeout = setTimeout(() => void this.#answer(request), ms);
      this.#requests.add(request);
      this.#timer ??= setInterval(() => this.look(), LOOK_EVERY_MS);
    });
  }

  /** Looks whether leads have been settled; called when some may have been. */
  look(): void {
    if (this.#looking || this.#requests.size === 0) return;
    this.#looking = true;
    setImmediate(() => void this.#lookNow());
  }

  /** Answers everyone as things stand. */
  async end(): Promise<void> {
    clearInterval(this.#timer);
    for (const request of [...this.#requests]) await this.#answer(request);
  }

  async #lookNow(): Promise<void> {
    this.#looking = false;
    for (const request of [...this.#requests]) {
      const settled = await this.#isSettled(request).catch(() => true);
      if (settled) await this.#answer(request);
    }
    if (this.#requests.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Looks no further than the first lead that is still on its way: thousands may wait at once. */
  async #isSettled({ organization, left }: Request): Promise<boolean> {
    for (let email = left.at(-1); email !== undefined; email = left.at(-1)) {
      const outcomes = await outcomesOf(this.#store, organization, [email]);
      if (isOnItsWay(outcomes.get(email))) return false;
      left.pop();
    }
    return true;
  }

  /** Whatever keeps the store from being read is told to the one who waits. */
  async #answer(request: Request): Promise<void> {
    clearTimeout(request.timeout);
    this.#requests.delete(request);
    try {
      const outcomes = await outcomesOf(this.#store, request.organization, request.emails);
      request.resolve([...outcomes.values()]);
    } catch (error) {
      request.reject(error);
    }
  }
}
