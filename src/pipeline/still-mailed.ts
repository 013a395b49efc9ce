import { setImmediate as breathe } from 'node:timers/promises';
import type { StoreContext } from '../store/engine/context.js';
import { type Place, placesAfter, placesOf } from '../store/leads/places.js';
import { campaignNames } from '../store/rosters/campaigns.js';
import { counted, number } from '../text/wording.js';

/** People who are suppressed and are in campaigns: Smartlead goes on mailing them. */
export interface StillMailed {
  leads: number;
  campaigns: Array<{ campaign: string; name: string | null; leads: number }>;
  /** The first of them. */
  emails: string[];
}

const NAMED = 20;

/** Collects who of those that are suppressed is in a campaign. */
export class StillMailedCount {
  readonly #emails = new Set<string>();
  readonly #campaigns = new Map<string, number>();
  readonly #domains: string[] = [];

  constructor(
    readonly store: StoreContext,
    readonly organization: string,
  ) {}

  /** Adds addresses, which are looked up, and domains, which are looked through in the end. */
  async add(values: readonly string[]): Promise<void> {
    const emails = values.filter((value) => value.includes('@') && !this.#emails.has(value));
    this.#domains.push(...values.filter((value) => !value.includes('@')));
    this.#count(await placesOf(this.store, this.organization, [...new Set(emails)]));
  }

  #count(places: readonly Place[]): void {
    for (const { email, campaign } of places) {
      this.#emails.add(email);
      this.#campaigns.set(campaign, (this.#campaigns.get(campaign) ?? 0) + 1);
    }
  }

  async #lookThrough(): Promise<void> {
    const before = new Set(this.#emails);
    const isIn = (email: string) => {
      const host = email.slice(email.lastIndexOf('@') + 1);
      return this.#domains.some((domain) => host === domain || host.endsWith(`.${domain}`));
    };
    for (let after: number | undefined = 0; after !== undefined; ) {
      const page: Awaited<ReturnType<typeof placesAfter>> = await placesAfter(this.store, this.organization, after);
      this.#count(page.places.filter(({ email }) => !before.has(email) && isIn(email)));
      after = page.next;
      // the store works synchronously, and other work must not wait until a million leads are through
      await breathe();
    }
  }

  async end(): Promise<StillMailed> {
    if (this.#domains.length > 0) await this.#lookThrough();
    const names = await campaignNames(this.store, this.organization);
    const campaigns = [...this.#campaigns].map(([campaign, leads]) => ({
      campaign,
      name: names.get(campaign) ?? null,
      leads,
    }));
    return { leads: this.#emails.size, campaigns, emails: [...this.#emails].slice(0, NAMED) };
  }
}

/** What is said of them, and what to do: a line each. Nothing where there are none. */
export function stillMailedLines({ leads, campaigns, emails }: StillMailed): string[] {
  if (leads === 0) return [];
  const places = campaigns.map(({ campaign, name, leads: n }) => {
    const shown = name === null ? campaign : `${campaign} (${name})`;
    return leads === 1 ? shown : `${shown}: ${number(n)}`;
  });
  const who = leads === 1 ? (emails[0] ?? '') : counted(leads, 'lead');
  const where = `${campaigns.length === 1 ? 'campaign' : 'campaigns'} ${places.join(', ')}`;
  const [is, them] = leads === 1 ? ['is', 'the lead'] : ['are', 'them'];
  const named = leads === 1 ? [] : [`${emails.join(', ')}${leads > emails.length ? ', …' : ''}`];
  return [
    `Smartlead goes on mailing ${who}, who ${is} in ${where}: drason takes nobody out of a campaign.`,
    ...named,
    `To end that, unsubscribe ${them} in Smartlead, or use its global block list.`,
  ];
}
