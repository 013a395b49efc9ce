import { bindTarget } from '../store/engine/target.js';
import {
  campaignName,
  correctLeads,
  countProven,
  foundInCampaign,
  missingInCampaign,
  type Standing,
  type Stranger,
  unknownInCampaign,
} from '../store/rosters/reconciling.js';
import { beginReading, countRoster, dropReadings, type Reading } from '../store/rosters/rosters.js';
import { addsUp, CORRECTIONS, kindOfFound, kindOfMissing, kindOfUnknown } from './compare-roster.js';
import { bySeq, lookUpMissing, readRoster } from './read-roster.js';
import {
  type CampaignReport,
  DIFFERENCES,
  type Difference,
  type ListedLead,
  NO_DIFFERENCES,
  NO_NOTES,
  NOTES,
  type Note,
  type ReconcileReport,
  type ReconcileRequest,
} from './reconcile-types.js';
import { RosterRequests } from './roster-requests.js';

const PAGE = 500;
/** So many of the leads that differ, and so many of those that are only reported, are listed; all are counted. */
const LISTED = 1000;

const isDifference = (kind: Difference | Note): kind is Difference => DIFFERENCES.some((known) => known === kind);

/** Everything one reconciliation carries along. */
interface Work {
  request: ReconcileRequest;
  requests: RosterRequests;
  report: ReconcileReport;
  /** How many leads are listed, of those that differ and of those that are only reported. */
  listed: { differences: number; notes: number };
}

function newCampaign(id: string, name: string | null): CampaignReport {
  return {
    id,
    name,
    state: 'not_reached',
    roster_total: null,
    roster_read: 0,
    adds_up: false,
    read_since: null,
    resumed: false,
    known: 0,
    look_ups: 0,
    differences: { ...NO_DIFFERENCES },
    reported: { ...NO_NOTES },
    fixed: 0,
  };
}

/** Counts and lists one page of leads of one kind each, and corrects what can be corrected. */
async function settlePage(
  work: Work,
  reading: Reading,
  campaign: CampaignReport,
  page: ReadonlyArray<readonly [Standing | Stranger, Difference | Note | undefined]>,
): Promise<void> {
  const wanted = page.flatMap(([standing, kind]) => {
    const correction = kind && CORRECTIONS[kind];
    return correction && standing.seq !== null ? [{ correction, standing }] : [];
  });
  const { request } = work;
  const fixes = request.fix && wanted.length > 0;
  const done = fixes ? await correctLeads(request.store, reading, wanted) : new Set<number>();
  for (const [standing, found] of page) {
    if (found === undefined) continue;
    const fixed = standing.seq !== null && done.has(standing.seq) && CORRECTIONS[found] !== undefined;
    // What was to be corrected and could not has moved on meanwhile.
    const kind = fixes && CORRECTIONS[found] !== undefined && !fixed ? 'left_alone' : found;
    if (isDifference(kind)) campaign.differences[kind]++;
    else campaign.reported[kind]++;
    if (fixed) campaign.fixed++;
    const was = standing.seq === null ? null : (standing.hold_reason ?? standing.status);
    list(work, { campaign: campaign.id, email: standing.email, kind, was, fixed });
  }
}

function list({ report, listed }: Work, lead: ListedLead): void {
  const which = isDifference(lead.kind) ? 'differences' : 'notes';
  if (listed[which]++ < LISTED) report.leads.push(lead);
  else report.leads_left_off++;
}

/** Compares both sides of a campaign whose roster was read. */
async function compare(work: Work, reading: Reading, campaign: CampaignReport): Promise<void> {
  const { store } = work.request;
  campaign.known = await countProven(store, reading);
  for (let after = ''; ; ) {
    const page = await foundInCampaign(store, reading, after, PAGE);
    const last = page.at(-1);
    if (!last) break;
    await settlePage(
      work,
      reading,
      campaign,
      page.map((entry) => [entry, kindOfFound(entry, reading)]),
    );
    after = last.email;
  }
  for await (const page of bySeq((after) => missingInCampaign(store, reading, after, PAGE))) {
    await settlePage(
      work,
      reading,
      campaign,
      page.map((lead) => [lead, kindOfMissing(lead, reading)]),
    );
  }
  for await (const page of bySeq((after) => unknownInCampaign(store, reading, after, PAGE))) {
    const { adds_up } = campaign;
    await settlePage(
      work,
      reading,
      campaign,
      page.map((lead) => [lead, kindOfUnknown(lead, reading, adds_up)]),
    );
  }
}

/** One campaign from its first page to its last correction. False: no further request may be made. */
async function reconcileCampaign(work: Work, campaign: CampaignReport): Promise<boolean> {
  const { request, requests, report } = work;
  const { store, organization, smartlead } = request;
  const begun = await beginReading(store, smartlead.keyId, organization, campaign.id);
  campaign.resumed = begun.resumed;
  campaign.read_since = begun.startedAt;
  const reading = await readRoster(request, requests, begun);
  if (reading === undefined) return false;
  if (reading === 'missing' || reading === 'unreadable') {
    campaign.state = reading;
    report.problems.push(
      reading === 'missing'
        ? `campaign ${campaign.id}: Smartlead does not know it; its leads are left as they are`
        : `campaign ${campaign.id}: Smartlead gave no roster that can be read; its leads are left as they are`,
    );
    return true;
  }
  campaign.roster_total = reading.lastTotal;
  campaign.roster_read = await countRoster(store, reading);
  campaign.adds_up = addsUp(reading, campaign.roster_read);
  const asked = await lookUpMissing(request, requests, reading, campaign.adds_up);
  campaign.look_ups = asked.lookUps;
  if (asked.brokenOff) return false;
  await compare(work, reading, campaign);
  campaign.state = 'compared';
  if (!campaign.adds_up) report.problems.push(oddRoster(campaign, reading));
  return true;
}

function oddRoster({ id, roster_read, roster_total }: CampaignReport, { firstTotal }: Reading): string {
  const changed = firstTotal === roster_total ? '' : ` (${firstTotal} when the reading began)`;
  return `campaign ${id}: its roster does not add up: ${roster_read} leads read, ${roster_total} by Smartlead's own count${changed}; only look-ups decided`;
}

/** Adds up what was counted in each campaign. */
function addUp(report: ReconcileReport): void {
  for (const { differences, reported, fixed } of report.campaigns) {
    for (const kind of DIFFERENCES) report.differences[kind] += differences[kind];
    for (const kind of NOTES) report.reported[kind] += reported[kind];
    report.fixed += fixed;
  }
  report.left = DIFFERENCES.reduce((sum, kind) => sum + report.differences[kind], 0) - report.fixed;
}

/**
 * Compares the ledger with the campaigns' rosters, both ways, and corrects the ledger where `fix` says so. It pushes
 * nothing, deletes nothing at Smartlead and takes nobody in. What it has read lasts until it is done, so that a run
 * that was ended early goes on where it was. Throws a TemporaryError while another process reads the same roster.
 */
export async function reconcile(request: ReconcileRequest): Promise<ReconcileReport> {
  const { store, organization } = request;
  await bindTarget(store, request.smartlead.target);
  const report: ReconcileReport = {
    campaigns: [],
    differences: { ...NO_DIFFERENCES },
    reported: { ...NO_NOTES },
    fixed: 0,
    left: 0,
    leads: [],
    leads_left_off: 0,
    requests: 0,
    problems: [],
    end: 'done',
  };
  const requests = new RosterRequests(request);
  const work: Work = { request, requests, report, listed: { differences: 0, notes: 0 } };
  for (const id of request.campaigns) {
    report.campaigns.push(newCampaign(id, await campaignName(store, organization, id)));
  }
  for (const campaign of report.campaigns) if (!(await reconcileCampaign(work, campaign))) break;
  addUp(report);
  report.requests = requests.made;
  if (requests.end) {
    report.end = requests.end.kind;
    if (requests.end.kind !== 'interrupted') report.problems.push(requests.end.message);
  } else {
    await dropReadings(store, organization, request.campaigns);
  }
  return report;
}
