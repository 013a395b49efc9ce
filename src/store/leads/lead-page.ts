import { setImmediate as breathe } from 'node:timers/promises';
import { read, type StoreContext } from '../engine/context.js';
import {
  type Condition,
  conditionsOf,
  indexPlaces,
  LAST_ADDRESS,
  type LeadFilter,
  newestNumber,
  sqlOf,
  valuesOf,
} from './lead-list.js';
import { fromRow, type LeadRow, type SqlValue, type StoredLead } from './lead-rows.js';

/** In which order leads are listed: by when they first came, or by address. */
export const LEAD_SORTS = ['newest', 'oldest', 'a-z', 'z-a'] as const;
export type LeadSort = (typeof LEAD_SORTS)[number];

/** A part of a list. */
export interface LeadPage {
  leads: StoredLead[];
  /** The number to go on from; undefined: that was all. */
  next: number | undefined;
  /** The time was over before the page was full: about so many leads were looked at, from the list's beginning by time. */
  lookedAt: number | undefined;
}

/** Which part of a list, and how long it may take. */
export interface PageRequest {
  sort: LeadSort;
  /** The `next` of the page before; undefined: the first page. */
  after: number | undefined;
  size: number;
  /** Milliseconds after which it ends with what was found. */
  budgetMs: number;
}

/** A stretch that took less is doubled, one that took more is halved, milliseconds. */
const QUICK_MS = 40;
const SLOW_MS = 150;
/** Leads that an index names are put in the order of their addresses if there are no more than this. */
const FEW = 20_000;

/** How many rows are gone through at once, so that the clock is looked at in time. */
class Stretch {
  size: number;
  readonly #deadline: number;
  #began = performance.now();

  constructor(size: number, budgetMs: number) {
    this.size = size;
    this.#deadline = this.#began + budgetMs;
  }

  /** Measures the stretch that has ended; whether there is time for another. */
  async ended(): Promise<boolean> {
    const took = performance.now() - this.#began;
    if (took < QUICK_MS) this.size *= 2;
    else if (took > SLOW_MS) this.size = Math.max(100, Math.floor(this.size / 2));
    await breathe();
    this.#began = performance.now();
    return this.#began < this.#deadline;
  }
}

/** Cuts off the one lead too many that says that there are more. */
function full(found: LeadRow[], size: number): LeadPage | undefined {
  if (found.length <= size) return undefined;
  const leads = found.slice(0, size).map(fromRow);
  return { leads, next: leads.at(-1)?.seq, lookedAt: undefined };
}

/** Where what is looked for can be: places in an index, or the whole table. */
function armsOf(organization: string, filter: LeadFilter): { from: string; places: Condition[] } {
  const byIndex = indexPlaces(organization, filter);
  return byIndex
    ? { from: `leads INDEXED BY ${byIndex.index}`, places: byIndex.places }
    : { from: 'leads NOT INDEXED', places: [['1']] };
}

async function pageByTime(
  store: StoreContext,
  organization: string,
  filter: LeadFilter,
  { sort, after, size, budgetMs }: PageRequest,
): Promise<LeadPage> {
  const newest = sort === 'newest';
  const conditions = conditionsOf(store, organization, filter);
  const { from, places } = armsOf(organization, filter);
  const arm = (place: Condition) =>
    `SELECT * FROM ${from} WHERE ${place[0]} AND seq >= ? AND seq < ? AND ${sqlOf(conditions)}`;
  const find = store.db.prepare<SqlValue[], LeadRow>(
    `${places.map(arm).join(' UNION ALL ')} ORDER BY seq ${newest ? 'DESC' : 'ASC'} LIMIT ?`,
  );
  const end = newestNumber(store) + 1;
  const stretch = new Stretch(2_000, budgetMs);
  const found: LeadRow[] = [];
  // the numbers still to be looked at
  let low = newest || after === undefined ? 0 : after + 1;
  let high = newest ? Math.min(after ?? end, end) : end;
  while (low < high) {
    const part = newest ? Math.max(low, high - stretch.size) : low;
    const upTo = newest ? high : Math.min(high, low + stretch.size);
    const values = places.flatMap(([, ...place]) => [...place, part, upTo, ...valuesOf(conditions)]);
    found.push(...read(store, () => find.all(...values, size + 1 - found.length)));
    const page = full(found, size);
    if (page) return page;
    if (newest) high = part;
    else low = upTo;
    if (!(await stretch.ended()) && low < high) {
      const lookedAt = newest ? end - high : low;
      return { leads: found.map(fromRow), next: newest ? high : low - 1, lookedAt };
    }
  }
  return { leads: found.map(fromRow), next: undefined, lookedAt: undefined };
}

/** The numbers of leads that an index names, if they are few. */
function fewByIndex(store: StoreContext, organization: string, filter: LeadFilter): number[] | undefined {
  if (!indexPlaces(organization, filter)) return undefined;
  const { from, places } = armsOf(organization, filter);
  const arms = places.map(([sql]) => `SELECT seq FROM ${from} WHERE ${sql}`).join(' UNION ALL ');
  const seqs = read(store, () =>
    store.db
      .prepare<SqlValue[], number>(`${arms} LIMIT ?`)
      .pluck()
      .all(...valuesOf(places), FEW + 1),
  );
  return seqs.length > FEW ? undefined : seqs;
}

/** The address that the page before ended with. */
function addressOf(store: StoreContext, organization: string, seq: number): string | undefined {
  return read(store, () =>
    store.db
      .prepare<[number, string], string>('SELECT email FROM leads WHERE seq = ? AND organization_id = ?')
      .pluck()
      .get(seq, organization),
  );
}

async function pageByAddress(
  store: StoreContext,
  organization: string,
  filter: LeadFilter,
  { sort, after, size, budgetMs }: PageRequest,
): Promise<LeadPage | undefined> {
  const up = sort === 'a-z';
  const [beyond, order] = up ? ['>', 'ASC'] : ['<', 'DESC'];
  const first = up ? '' : LAST_ADDRESS;
  let email = after === undefined ? first : addressOf(store, organization, after);
  if (email === undefined) return undefined;
  const conditions = conditionsOf(store, organization, filter);
  const fetch = store.db.prepare<SqlValue[], LeadRow>(
    `SELECT * FROM leads NOT INDEXED WHERE seq IN (SELECT value FROM json_each(?)) AND email ${beyond} ?
       AND ${sqlOf(conditions)} ORDER BY email ${order} LIMIT ?`,
  );
  const few = fewByIndex(store, organization, filter);
  if (few) {
    const values = [JSON.stringify(few), email, ...valuesOf(conditions), size + 1];
    const found = read(store, () => fetch.all(...values));
    return full(found, size) ?? { leads: found.map(fromRow), next: undefined, lookedAt: undefined };
  }

  const begins = filter.addressBegins ?? '';
  const look = store.db.prepare<SqlValue[], { seq: number; email: string }>(
    `SELECT seq, email FROM leads INDEXED BY leads_by_email WHERE organization_id = ? AND email ${beyond} ?
       AND email >= ? AND email < ? ORDER BY email ${order} LIMIT ?`,
  );
  const stretch = new Stretch(size + 1, budgetMs);
  const found: LeadRow[] = [];
  for (let lookedAt = 0; ; ) {
    const asked = stretch.size;
    const from: string = email;
    const looked = read(store, () => look.all(organization, from, begins, begins + LAST_ADDRESS, asked));
    const seqs = JSON.stringify(looked.map(({ seq }) => seq));
    const values = [seqs, from, ...valuesOf(conditions), size + 1 - found.length];
    found.push(...read(store, () => fetch.all(...values)));
    const page = full(found, size);
    if (page) return page;
    const last = looked.at(-1);
    if (!last || looked.length < asked) return { leads: found.map(fromRow), next: undefined, lookedAt: undefined };
    lookedAt += looked.length;
    email = last.email;
    if (!(await stretch.ended())) return { leads: found.map(fromRow), next: last.seq, lookedAt };
  }
}

/**
 * A page of leads, by key. Where no index knows what is looked for, it ends when the time is over, with what was found
 * until then. Undefined: the lead that the page before ended with is gone, and its place in the order of addresses with it.
 */
export async function leadPage(
  store: StoreContext,
  organization: string,
  filter: LeadFilter,
  request: PageRequest,
): Promise<LeadPage | undefined> {
  return request.sort === 'newest' || request.sort === 'oldest'
    ? pageByTime(store, organization, filter, request)
    : pageByAddress(store, organization, filter, request);
}
