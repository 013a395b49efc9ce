import type { SimulatedProcess } from './process.js';
import { isGood, type Request } from './server.js';
import { BLOCKED_DOMAIN, Broken, type Tenant, type World } from './world.js';

interface Row {
  seq: number;
  id: string;
  organization_id: string;
  email: string;
  status: string;
  hold_reason: string | null;
  assigned_campaign_id: string | null;
  next_attempt_at: string | null;
  push_attempts: number;
  push_run_seq: number | null;
  attempt_id: number | null;
}

const must = (holds: boolean, otherwise: string): void => {
  if (!holds) throw new Broken(otherwise);
};

const EVER = '';
const leadsOf = (world: World, since = EVER) =>
  world.store.db.prepare<[string], Row>('SELECT * FROM leads WHERE updated_at >= ?').all(since);
const accountOf = (world: World, organization: string) =>
  world.tenants.find(({ name }) => name === organization)?.account;

/** Whether a lead is in a campaign, or Smartlead said so in words that nobody can doubt. */
function isMember(world: World, organization: string, campaignId: string, email: string): boolean {
  const account = accountOf(world, organization);
  const isThere = account?.campaigns.get(campaignId)?.members.has(email) ?? false;
  return isThere || (account?.deceived.has(`${campaignId} ${email}`) ?? false);
}

/** What must hold of a request at the moment in which it arrives. */
export function judgeRequest(world: World, process: SimulatedProcess, tenant: Tenant, request: Request): void {
  if (request.kind !== 'push') return;
  const { db } = world.store;
  const find = db.prepare<[string, string], Row>('SELECT * FROM leads WHERE organization_id = ? AND email = ?');
  const member = db.prepare<[number, string]>('SELECT 1 FROM memberships WHERE lead_seq = ? AND campaign_id = ?');
  must(new Set(request.emails).size === request.emails.length, 'an address twice in one push');
  const isRouted = process.decider.rules.rules.some(({ campaignId }) => campaignId === request.campaignId);
  must(isRouted, `${process.name} pushes to ${request.campaignId}, which none of its rules names`);
  for (const email of request.emails) {
    must(!world.forgotten.has(email), `${email} is pushed, and was forgotten`);
    const row = find.get(tenant.name, email);
    must(row !== undefined, `${email} is pushed, and drason does not have it`);
    if (!row) continue;
    const claimedAt = row.attempt_id === null ? undefined : process.claimedAt.get(row.attempt_id);
    must(claimedAt !== undefined, `${email} is pushed by ${process.name}, which has no claim on it`);
    const suppressedAt = world.suppressedAt.get(email) ?? Number.POSITIVE_INFINITY;
    must(suppressedAt >= (claimedAt ?? 0), `${email} is claimed and pushed after it was suppressed`);
    must(
      process.decider.blockedBy(email) === undefined,
      `${email} is pushed, and the rules of ${process.name} block it`,
    );
    must(!member.get(row.seq, request.campaignId), `${email} is pushed again, and is proven to be there`);
  }
}

/** What must hold of what is stored, whenever anything has happened: of all, or of what has changed since a time. */
export function judgeStore(world: World, since = EVER): void {
  for (const row of leadsOf(world, since)) judgeLead(world, row);
  const memberships = world.store.db
    .prepare<[string], { email: string | null; organization_id: string; campaign_id: string }>(
      `SELECT l.email, l.organization_id, m.campaign_id FROM memberships m LEFT JOIN leads l ON l.seq = m.lead_seq
       WHERE l.seq IS NULL OR m.proven_at >= ?`,
    )
    .all(since);
  for (const { email, organization_id, campaign_id } of memberships) {
    must(email !== null, `a membership of campaign ${campaign_id} without its lead`);
    must(isMember(world, organization_id, campaign_id, email ?? ''), `${email} was never attached to ${campaign_id}`);
  }
}

/** Reasons for which a lead is always on its way: in flight, or with a time at which it goes again. */
const MOVES = ['queued', 'unknown', 'push_failed', 'credit_limit'];

function judgeLead(world: World, row: Row): void {
  const { email, status, hold_reason: reason, assigned_campaign_id: campaign } = row;
  const account = accountOf(world, row.organization_id);
  must(!world.forgotten.has(email), `${email} is there, and was forgotten`);
  if (status === 'ACTIVE') {
    must(
      isMember(world, row.organization_id, campaign ?? '', email),
      `${email} is ACTIVE, never attached to ${campaign}`,
    );
  }
  if (status === 'BLOCKED') {
    const mayBe = world.suppressedAt.has(email) || email.endsWith(BLOCKED_DOMAIN);
    must(mayBe, `${email} is BLOCKED for nothing`);
  }
  if (reason === 'refused') {
    const isBad = /^(poison|unsub)/.test(email) || account?.refusedByCampaign.has(email);
    must(isBad === true, `${email} is refused, and nothing is wrong with it`);
  }
  if (reason === 'gave_up') must(row.push_attempts >= 12, `${email} is given up after ${row.push_attempts} attempts`);
  if (reason === 'in_other_campaign') must(email.startsWith('other'), `${email} is in no other campaign`);
  if (reason !== null && MOVES.includes(reason) && row.attempt_id === null) {
    must(row.next_attempt_at !== null && row.push_run_seq !== null, `${email} is ${reason}, and nothing moves it`);
  }
}

/** What must hold when a trial is over, all faults have ended and every lead has had its chances. */
export function judgeEnd(world: World, failingForGood: string | undefined): void {
  judgeStore(world);
  const rows = new Map(leadsOf(world).map((row) => [`${row.organization_id} ${row.email}`, row]));
  for (const [email, { tenant }] of world.given) {
    if (world.forgotten.has(email)) continue;
    const row = rows.get(`${tenant.name} ${email}`);
    must(row !== undefined, `${email} is lost`);
    if (!row) continue;
    must(row.attempt_id === null, `${email} is in flight for ever`);
    const mayWait = row.assigned_campaign_id === failingForGood || tenant.account.refusedByCampaign.has(email);
    if (!isGood(email) || row.status !== 'HELD' || mayWait) continue;
    throw new Broken(`${email} is good, and ends HELD ${row.hold_reason} for campaign ${row.assigned_campaign_id}`);
  }
  judgeForgotten(world);
}

/** Nothing names a person who was erased, and nothing is written about one afterwards. */
function judgeForgotten(world: World): void {
  const { db } = world.store;
  const entries = db.prepare<[string], { action: string; details: string }>(
    'SELECT action, details FROM audit_logs WHERE entity_id = ?',
  );
  const mentions = db.prepare<[string, string, string], { n: number }>(
    `SELECT (SELECT count(*) FROM audit_logs WHERE instr(details, ?)) +
       (SELECT count(*) FROM attempts WHERE instr(coalesce(message, '') || coalesce(answer, ''), ?)) +
       (SELECT count(*) FROM stops WHERE instr(message, ?)) AS n`,
  );
  for (const [email, { leadId }] of world.forgotten) {
    must(mentions.get(email, email, email)?.n === 0, `${email} was forgotten, and is named`);
    const told = entries
      .all(leadId)
      .filter(({ action, details }) => action !== 'erased' && details !== '{"erased":true}');
    must(told.length === 0, `${email} was forgotten, and the log goes on about it: ${JSON.stringify(told[0])}`);
  }
}
