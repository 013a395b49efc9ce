import { readLookup, readRosterPage } from '../smartlead/look-up.js';
import { ROSTER_PAGE } from '../smartlead/wire.js';
import { missingInCampaign, type Standing, unknownInCampaign } from '../store/rosters/reconciling.js';
import { type Reading, saveLookUp, savePage } from '../store/rosters/rosters.js';
import { movedSince } from './compare-roster.js';
import type { ReconcileRequest } from './reconcile-types.js';
import type { RosterRequests } from './roster-requests.js';

const PAGE = 500;
/** Answers in a row that cannot be read, after which a campaign is left as it is. */
const UNREADABLE_IN_ROW = 3;

/** Reads what is left of a roster, page by page. Undefined: no further request may be made. */
export async function readRoster(
  request: ReconcileRequest,
  requests: RosterRequests,
  begun: Reading,
): Promise<Reading | 'missing' | 'unreadable' | undefined> {
  const { store, clock, smartlead, report } = request;
  const { campaignId } = begun;
  let reading = begun;
  for (let unreadable = 0; !reading.ended; ) {
    const offset = reading.nextOffset;
    const of = reading.lastTotal === null ? '' : ` of ${reading.lastTotal.toLocaleString('en')}`;
    report.progress(`campaign ${campaignId}: ${offset.toLocaleString('en')}${of} leads of its roster read`);
    const result = await requests.ask((mayWrite) =>
      smartlead.client.campaignLeads(campaignId, offset, ROSTER_PAGE, mayWrite),
    );
    if (!result) return undefined;
    const page = readRosterPage(result, clock.now());
    if (page.kind === 'page') {
      reading = await savePage(store, reading, page);
      unreadable = 0;
    } else if (page.kind === 'unreadable' && page.missing) return 'missing';
    else if (++unreadable === UNREADABLE_IN_ROW) return 'unreadable';
  }
  return reading;
}

/** Pages of leads, ordered by `seq`. */
export async function* bySeq(page: (after: number) => Promise<Standing[]>): AsyncGenerator<Standing[]> {
  for (let after = 0; ; ) {
    const leads = await page(after);
    const last = leads.at(-1);
    if (!last) return;
    yield leads;
    after = last.seq;
  }
}

/**
 * Asks about the leads that the roster does not name, one by one: no lead is called removed on a roster alone. Where the
 * roster does not add up, about so many at most, and about those with an unknown outcome, too. `brokenOff`: no further request may be
 * made.
 */
export async function lookUpMissing(
  request: ReconcileRequest,
  requests: RosterRequests,
  reading: Reading,
  rosterAddsUp: boolean,
): Promise<{ lookUps: number; brokenOff: boolean }> {
  const { store, clock, smartlead, report } = request;
  const most = rosterAddsUp ? Number.POSITIVE_INFINITY : request.maxLookUps;
  const unknown = bySeq((after) => unknownInCampaign(store, reading, after, PAGE));
  const missing = bySeq((after) => missingInCampaign(store, reading, after, PAGE));
  let lookUps = 0;
  let unreadable = 0;
  for (const pages of rosterAddsUp ? [missing] : [unknown, missing]) {
    for await (const leads of pages) {
      for (const lead of leads) {
        if (lead.present !== null || movedSince(lead, reading)) continue;
        if (lookUps >= most) return { lookUps, brokenOff: false };
        report.progress(`campaign ${reading.campaignId}: ${lookUps.toLocaleString('en')} missing leads asked about`);
        const result = await requests.ask((mayWrite) => smartlead.client.findLead(lead.email, mayWrite));
        if (!result) return { lookUps, brokenOff: true };
        lookUps++;
        const answer = readLookup(result, lead.email, reading.campaignId, clock.now());
        if (answer.kind === 'known') {
          await saveLookUp(store, reading, lead.email, answer);
          unreadable = 0;
        } else if (++unreadable === UNREADABLE_IN_ROW) return { lookUps, brokenOff: false };
      }
    }
  }
  return { lookUps, brokenOff: false };
}
