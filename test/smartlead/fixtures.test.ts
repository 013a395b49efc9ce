import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { rememberSecret } from '../../src/redact.js';
import { type Campaign, readCampaign, readCampaigns } from '../../src/smartlead/campaigns.js';
import type { Verdict } from '../../src/smartlead/evidence.js';
import type { HttpResult } from '../../src/smartlead/exchange.js';
import { type PushOutcome, readPushResult } from '../../src/smartlead/failures.js';
import { readLookup, readRosterPage } from '../../src/smartlead/look-up.js';

const FOLDER = new URL('../../fixtures/smartlead/', import.meta.url);
/** When the answers came, for those that hold a date. */
const NOW = Date.parse('2025-01-01T00:00:00.000Z');

const fixtureSchema = z.strictObject({
  status: z.int(),
  headers: z.record(z.string(), z.string()),
  /** Text as it is; anything else is sent as JSON. */
  body: z.unknown(),
  emails: z.array(z.string()),
  call: z.enum(['push', 'look_up', 'roster', 'campaigns', 'campaign']).default('push'),
  campaign: z.string().default('123456'),
  asked_for_lead_ids: z.boolean().default(true),
  expect: z.strictObject({
    outcome: z.string(),
    verdicts: z.array(z.string()).optional(),
    smartlead_lead_ids: z.array(z.string()).optional(),
    credits_gone: z.boolean().optional(),
    named: z.array(z.int()).optional(),
    wait_ms: z.int().optional(),
    total: z.int().optional(),
    members: z.record(z.string(), z.string()).optional(),
    /** As `id status name`. */
    campaigns: z.array(z.string()).optional(),
    /** Part of the message. */
    message: z.string().optional(),
  }),
});
type Fixture = z.infer<typeof fixtureSchema>;

function verdictText(verdict: Verdict): string {
  if (verdict.kind === 'accepted') return `accepted by ${verdict.evidence}`;
  if (verdict.kind === 'unproven') return verdict.byPushing ? 'unproven, push again' : 'unproven, look up';
  return verdict.kind;
}

/** What was read, in the words of the fixtures; only what the fixture speaks of. */
function shown(fixture: Fixture, result: HttpResult): { [name: string]: unknown; message?: string } {
  if (fixture.call === 'roster') {
    const answer = readRosterPage(result, NOW);
    if (answer.kind !== 'page') return { outcome: answer.kind, ...('message' in answer ? answer : {}) };
    return { outcome: answer.kind, total: answer.total, members: Object.fromEntries(answer.members) };
  }
  if (fixture.call === 'look_up') {
    const answer = readLookup(result, fixture.emails[0] ?? '', fixture.campaign, NOW);
    if (answer.kind !== 'known') return failureShown(answer);
    return { outcome: answer.present ? 'present' : 'absent', smartlead_lead_ids: [answer.smartleadLeadId] };
  }
  if (fixture.call === 'campaigns') {
    const answer = readCampaigns(result, NOW);
    if (answer.kind === 'unreadable') return { outcome: answer.kind };
    if (answer.kind !== 'campaigns') return failureShown(answer);
    return { outcome: answer.kind, campaigns: answer.campaigns.map(campaignText) };
  }
  if (fixture.call === 'campaign') {
    const answer = readCampaign(result, fixture.campaign, NOW);
    if (answer.kind === 'missing') return { outcome: answer.kind };
    if (answer.kind !== 'campaign') return failureShown(answer);
    return { outcome: answer.kind, campaigns: [campaignText(answer.campaign)] };
  }
  const pushed = { campaignId: fixture.campaign, emails: fixture.emails, askedForLeadIds: fixture.asked_for_lead_ids };
  const outcome = readPushResult(result, pushed, NOW);
  if (outcome.kind !== 'evidence') return failureShown(outcome);
  const { verdicts, creditsGone } = outcome.evidence;
  return {
    outcome: outcome.kind,
    verdicts: verdicts.map(verdictText),
    smartlead_lead_ids: verdicts.flatMap((verdict) =>
      verdict.kind === 'accepted' ? [String(verdict.smartleadLeadId)] : [],
    ),
    credits_gone: creditsGone,
  };
}

const campaignText = ({ id, status, name }: Campaign) => `${id} ${status ?? '-'} ${name ?? '-'}`;

function failureShown(outcome: Exclude<PushOutcome, { kind: 'evidence' }>) {
  return {
    outcome: outcome.kind,
    message: outcome.message,
    ...(outcome.kind === 'poisoned' ? { named: outcome.named } : {}),
    ...(outcome.kind === 'rate_limited' ? { wait_ms: outcome.waitMs } : {}),
  };
}

const names = readdirSync(FOLDER).filter((name) => name.endsWith('.json'));

test.each(names)('%s is read as it says', (name) => {
  rememberSecret('planted-key');
  const fixture = fixtureSchema.parse(JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8')));
  const body = typeof fixture.body === 'string' ? fixture.body : JSON.stringify(fixture.body);
  const result: HttpResult = { kind: 'answer', status: fixture.status, headers: fixture.headers, body };
  const found = shown(fixture, result);
  const { message, ...rest } = fixture.expect;
  expect(found).toMatchObject(rest.outcome === 'evidence' ? { credits_gone: false, ...rest } : rest);
  if (message !== undefined) expect(found.message).toContain(message);
  expect(found.message ?? '').not.toMatch(/planted-key|[\r\n]/);
  if (rest.verdicts) expect(rest.verdicts).toHaveLength(fixture.emails.length);
});

test('there is a fixture for each status that the contract speaks of', () => {
  const statuses = new Set(names.map((name) => name.slice(0, 3)));
  expect([...statuses]).toEqual(
    expect.arrayContaining([
      '200',
      '201',
      '302',
      '307',
      '400',
      '401',
      '403',
      '404',
      '409',
      '422',
      '429',
      '500',
      '502',
      '503',
    ]),
  );
});
