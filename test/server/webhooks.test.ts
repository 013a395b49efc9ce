import { join } from 'node:path';
import { expect, test } from 'vitest';
import { systemClock } from '../../src/clock.js';
import { loadRulesFile } from '../../src/config/load.js';
import type { LogLine } from '../../src/server/engine.js';
import { makeEngine } from '../../src/server/make-engine.js';
import { closeStore, openStore } from '../../src/store/engine/open.js';
import { applyEvents, type EventEffect } from '../../src/store/log/apply-events.js';
import { saveEvents } from '../../src/store/log/webhook-events.js';
import { type DoorTrial, RULES, startDoors, WEBHOOK_SECRET } from '../helpers/doors.js';
import { hits } from '../helpers/planted-key.js';
import { startTrial } from '../helpers/trial.js';
import { newRun, queue } from '../store/helper.js';

const LEAD = { email: 'test@example.com', persona: 'VP Sales', lead_score: 85 };
const PATH = '/api/webhooks/smartlead';
const BOUNCE = {
  event_type: 'EMAIL_BOUNCE',
  campaign_id: 123456,
  sl_email_lead_id: 77,
  sl_lead_email: 'Test@Example.com',
  to_email: 'test@example.com',
  from_email: 'me@us.example',
  event_timestamp: '2026-01-02T03:04:05.000Z',
};
const UNSUBSCRIBED = { event_type: 'LEAD_UNSUBSCRIBED', sl_lead_email: 'gone@example.com' };
const UNAUTHORIZED = { status: 401, body: { success: false, error: { code: 'UNAUTHORIZED' } } };
const NEW = { status: 200, body: { success: true, data: { message: 'Event stored' } } };
const KNOWN = { status: 200, body: { success: true, data: { message: 'Event already known' } } };

const suppressions = ({ trial }: DoorTrial) =>
  trial.query<{ value: string; reason: string }>('SELECT value, reason FROM suppressions ORDER BY value');
const events = ({ trial }: DoorTrial) =>
  trial.query<{ result: string }>('SELECT result FROM webhook_events ORDER BY id').map(({ result }) => result);
const audited = ({ trial }: DoorTrial, action: string) =>
  trial
    .query<{ details: string }>('SELECT details FROM audit_logs WHERE action = ? ORDER BY id', action)
    .map(({ details }) => JSON.parse(details));

test.each([
  [BOUNCE, 'bounced (EMAIL_BOUNCE from Smartlead)'],
  // the event that has no sl_email_lead_id
  [
    { event_type: 'LEAD_UNSUBSCRIBED', campaign_id: 123456, to_email: 'test@example.com', sl_email_lead_id: null },
    'unsubscribed (LEAD_UNSUBSCRIBED from Smartlead)',
  ],
  [
    { event: 'lead.unsubscribed', lead: { email: 'test@example.com', name: 'T' } },
    'unsubscribed (LEAD_UNSUBSCRIBED from Smartlead)',
  ],
  // a forwarder's own name for the request stands where the event's should
  [
    { event_type: 'webhook', type: 'LEAD_UNSUBSCRIBED', lead_email: 'test@example.com' },
    'unsubscribed (LEAD_UNSUBSCRIBED from Smartlead)',
  ],
  [{ event: 'email bounced', lead: { email: 'test@example.com' } }, 'bounced (EMAIL_BOUNCED from Smartlead)'],
  // whatever else an event holds
  [
    { ...BOUNCE, campaign_name: null, lead: 'test@example.com', campaign: [], status: { a: 1 }, event: null },
    'bounced (EMAIL_BOUNCE from Smartlead)',
  ],
])('an address that bounced or unsubscribed is never mailed again, whatever the shape: %j', async (event, reason) => {
  const doors = await startDoors();
  expect(await doors.event(event)).toMatchObject(NEW);
  expect(suppressions(doors)).toEqual([{ value: 'test@example.com', reason }]);
  expect(await doors.ingest(LEAD)).toMatchObject({
    body: { data: { message: 'Lead blocked by health gate', status: 'BLOCKED', healthClassification: 'GREEN' } },
  });
  expect(audited(doors, 'blocked')[0]).toMatchObject({ suppressed: reason });
  expect(doors.trial.requests).toEqual([]);
});

test('a HELD lead is blocked, with the event as the reason; an ACTIVE one stays as it is', async () => {
  const doors = await startDoors();
  await doors.ingest(LEAD);
  await doors.ingest({ ...LEAD, email: 'held@example.com', persona: 'CTO' });
  await doors.event(BOUNCE);
  await doors.event({ ...BOUNCE, sl_lead_email: 'held@example.com' });
  expect(doors.trial.query('SELECT email, status, hold_reason FROM leads ORDER BY email')).toEqual([
    { email: 'held@example.com', status: 'BLOCKED', hold_reason: null },
    { email: 'test@example.com', status: 'ACTIVE', hold_reason: null },
  ]);
  expect(audited(doors, 'blocked')).toEqual([{ suppressed: 'bounced (EMAIL_BOUNCE from Smartlead)' }]);
  expect(audited(doors, 'event')).toEqual([
    { event: 'EMAIL_BOUNCE', campaign: '123456', at: '2026-01-02T03:04:05.000Z' },
    { event: 'EMAIL_BOUNCE', campaign: '123456', at: '2026-01-02T03:04:05.000Z' },
  ]);
});

test('a lead that is in flight when it unsubscribes is settled first, and then not pushed again', async () => {
  const doors = await startDoors({ latencyMs: 600, faults: ({ n }) => (n === 0 ? '500' : undefined) });
  await doors.ingest(LEAD, '?wait=0.4');
  await doors.event({ event_type: 'LEAD_UNSUBSCRIBED', sl_lead_email: LEAD.email });
  const { body } = await doors.ingest(LEAD, '?wait=1');
  expect(body.data).toMatchObject({ status: 'HELD', holdReason: 'unknown' });
  // it is looked up, is not there, and is not sent again
  for (let n = 0; n < 2; n++) await doors.trial.summary(['retry', '--held', '--now']);
  expect(doors.trial.states()).toEqual({ BLOCKED: 1 });
  expect(doors.trial.pushes()).toHaveLength(1);
});

test('replies and category changes are part of the story, and change nothing else', async () => {
  const doors = await startDoors();
  await doors.ingest(LEAD);
  const before = doors.trial.query('SELECT * FROM leads');
  for (const event_type of ['EMAIL_REPLY', 'LEAD_CATEGORY_UPDATED', 'EMAIL_SENT', 'SOMETHING_NEW']) {
    expect(await doors.event({ event_type, sl_lead_email: LEAD.email, campaign_id: 123456 })).toMatchObject(NEW);
  }
  expect(doors.trial.query('SELECT * FROM leads')).toEqual(before);
  expect(suppressions(doors)).toEqual([]);
  expect(audited(doors, 'event').map(({ event }) => event)).toEqual([
    'EMAIL_REPLY',
    'LEAD_CATEGORY_UPDATED',
    'EMAIL_SENT',
    'SOMETHING_NEW',
  ]);
});

test.each([
  { event_type: 'CAMPAIGN_STATUS_CHANGED', campaign_id: 123456, campaign_name: 'Spring', campaign_status: 'PAUSED' },
  { event: 'campaign.status.changed', campaign: { id: '123456', name: 'Spring', status: 'PAUSED' } },
])('what is said of a campaign is kept: %j', async (event) => {
  const doors = await startDoors();
  expect(await doors.event(event)).toMatchObject(NEW);
  expect(doors.trial.query('SELECT organization_id, id, name, status FROM campaigns')).toEqual([
    { organization_id: 'default', id: '123456', name: 'Spring', status: 'PAUSED' },
  ]);
  await doors.event({ event_type: 'CAMPAIGN_STATUS_CHANGED', campaign_id: '123456', status: 'ACTIVE' });
  expect(doors.trial.query('SELECT name, status FROM campaigns')).toEqual([{ name: 'Spring', status: 'ACTIVE' }]);
});

test('a delivery that comes again with the same body changes nothing; all else is stored', async () => {
  const doors = await startDoors();
  await doors.ingest({ ...LEAD, persona: 'CTO' });
  expect(await doors.event(BOUNCE, { 'x-request-id': 'one' })).toMatchObject(NEW);
  const everything = () =>
    ['leads', 'audit_logs', 'suppressions', 'webhook_events'].map((table) =>
      doors.trial.query(`SELECT * FROM ${table}`),
    );
  const before = everything();
  expect(await doors.event(BOUNCE, { 'x-request-id': 'one' })).toMatchObject(KNOWN);
  expect(everything()).toEqual(before);
  expect(await doors.event(BOUNCE, { 'x-request-id': 'two' })).toMatchObject(NEW);
  expect(await doors.event(BOUNCE)).toMatchObject(NEW);
  // a delivery without an id, whatever a proxy makes of that
  expect(await doors.event(BOUNCE, { 'x-request-id': ' ' })).toMatchObject(KNOWN);
  for (const at of ['1', '2']) {
    expect(await doors.event({ ...BOUNCE, event_timestamp: at }, { 'x-request-id': '' })).toMatchObject(NEW);
  }
  const answers = await Promise.all(Array.from({ length: 20 }, () => doors.event({ ...BOUNCE, event_timestamp: 'x' })));
  expect(answers.filter(({ body }) => body.data?.message === 'Event stored')).toHaveLength(1);
});

test('another event under the id of a known delivery is not lost', async () => {
  const doors = await startDoors();
  const headers = { 'x-request-id': 'one' };
  expect(await doors.event({ ...BOUNCE, event_type: 'EMAIL_SENT' }, headers)).toMatchObject(NEW);
  expect(await doors.event(UNSUBSCRIBED, headers)).toMatchObject(NEW);
  expect(suppressions(doors)).toMatchObject([{ value: 'gone@example.com' }]);
});

test('a stop that is known stops all the same, once a suppression was taken back; what changes nothing is not noted', async () => {
  const doors = await startDoors();
  await doors.ingest({ ...LEAD, persona: 'CTO' });
  const unsubscribe = () => doors.event({ ...UNSUBSCRIBED, sl_lead_email: LEAD.email });
  expect(await unsubscribe()).toMatchObject(NEW);
  await doors.trial.run(['suppress', 'remove', LEAD.email]);
  expect(suppressions(doors)).toEqual([]);
  await doors.ingest({ ...LEAD, persona: 'CTO' });
  expect(doors.trial.states()).toMatchObject({ 'HELD no_route': 1 });
  for (let n = 0; n < 3; n++) expect(await unsubscribe()).toMatchObject(KNOWN);
  expect(suppressions(doors)).toMatchObject([{ value: LEAD.email }]);
  expect(doors.trial.states()).toEqual({ BLOCKED: 1 });
  expect(audited(doors, 'event')).toHaveLength(2);
  expect(audited(doors, 'blocked')).toHaveLength(2);
});

test.each([
  [{ event_type: 'EMAIL_BOUNCE' }, 'EMAIL_BOUNCE that should stop a lead: no address can be read in it'],
  // a bare domain must not suppress everyone there
  [
    { event_type: 'EMAIL_BOUNCE', to_email: 'example.com' },
    'EMAIL_BOUNCE that should stop a lead: no address can be read in it',
  ],
  [{ event_type: 'EMAIL_BOUNCE', to_email: 7 }, 'EMAIL_BOUNCE that should stop a lead: no address can be read in it'],
  [{ event_type: 'CAMPAIGN_STATUS_CHANGED' }, 'CAMPAIGN_STATUS_CHANGED without a campaign'],
  [{ hello: 'world' }, 'not an event that drason can read'],
  [{ event_type: { a: 1 } }, 'not an event that drason can read'],
  [{ event_type: 'EMAIL_BOUNCE', to_email: 'stranger@example.com' }, 'EMAIL_BOUNCE, no such lead here'],
])('an event that says less is kept with what came of it, and does no harm: %j', async (event, result) => {
  const doors = await startDoors();
  await doors.ingest(LEAD);
  expect(await doors.event(event)).toMatchObject(NEW);
  expect(events(doors)).toEqual([result]);
  expect(doors.trial.states()).toEqual({ ACTIVE: 1 });
  expect(suppressions(doors).map(({ value }) => value)).toEqual(
    result.endsWith('no such lead here') ? ['stranger@example.com'] : [],
  );
});

test('the secret in the body opens the door in place of a signature', async () => {
  const doors = await startDoors();
  expect(await doors.post(PATH, { ...BOUNCE, secret_key: WEBHOOK_SECRET })).toMatchObject(NEW);
  expect(suppressions(doors)).toHaveLength(1);
  // with it or without, it is the same event
  expect(await doors.event(BOUNCE)).toMatchObject(KNOWN);
});

test.each<[string, unknown, Record<string, string>]>([
  ['nothing', BOUNCE, {}],
  ['a wrong secret', { ...BOUNCE, secret_key: 'nope' }, {}],
  ['a secret that is no text', { ...BOUNCE, secret_key: { length: 5 } }, {}],
  ['an empty secret', { ...BOUNCE, secret_key: '' }, {}],
  [
    'a wrong signature, whatever the body says',
    { ...BOUNCE, secret_key: WEBHOOK_SECRET },
    { 'x-smartlead-signature': 'x' },
  ],
  ['an empty signature', { ...BOUNCE, secret_key: WEBHOOK_SECRET }, { 'x-smartlead-signature': '' }],
  ['a short signature', BOUNCE, { 'x-smartlead-signature': 'sha256=ab' }],
  ['no JSON', 'no json', {}],
  ['an array', [BOUNCE], {}],
  ['JSON without end', '['.repeat(5000), {}],
])('an event that does not prove where it comes from is refused: %s', async (_name, body, headers) => {
  const doors = await startDoors();
  expect(await doors.post(PATH, body, headers)).toMatchObject(UNAUTHORIZED);
  expect(events(doors)).toEqual([]);
  expect(suppressions(doors)).toEqual([]);
});

test('who has proven that it may ask is told what is wrong', async () => {
  const doors = await startDoors();
  for (const body of ['no json', '[]', '"text"']) expect(await doors.event(body)).toMatchObject({ status: 400 });
});

test('without a secret the door is closed, and only the log says why', async () => {
  const open = await startDoors({ env: {} });
  expect(await open.event(BOUNCE)).toMatchObject(UNAUTHORIZED);
  expect(open.logged()).toContain('the variable SMARTLEAD_WEBHOOK_SECRET of smartlead.webhook_secret_env is not set');
  const unnamed = await startDoors({ rules: RULES.replace(/smartlead:.*\n/, '') });
  expect(await unnamed.event(BOUNCE)).toMatchObject(UNAUTHORIZED);
  expect(unnamed.logged()).toContain('smartlead.webhook_secret_env is not set');
});

test("an event is its organization's alone", async () => {
  const rules = `organizations:
  acme: { smartlead: { webhook_secret_env: SMARTLEAD_WEBHOOK_SECRET }, rules: [{ persona: "*", target_campaign_id: "1" }] }
  globex: { smartlead: { webhook_secret_env: OTHER }, rules: [{ persona: "*", target_campaign_id: "1" }] }
`;
  const doors = await startDoors({ rules, env: { SMARTLEAD_WEBHOOK_SECRET: WEBHOOK_SECRET, OTHER: 'other-s3cret-1' } });
  const body = { ...BOUNCE, secret_key: WEBHOOK_SECRET };
  expect(await doors.post(PATH, body)).toMatchObject(UNAUTHORIZED);
  expect(await doors.post(`${PATH}?orgId=globex`, body)).toMatchObject(UNAUTHORIZED);
  expect(await doors.post(`${PATH}?orgId=acme`, body)).toMatchObject(NEW);
  expect(doors.trial.query('SELECT organization_id FROM suppressions')).toEqual([{ organization_id: 'acme' }]);
});

test('the secret is stored nowhere and logged nowhere, wherever in the body it stands', async () => {
  const doors = await startDoors();
  const copies = { webhook: { secret: WEBHOOK_SECRET, all: [WEBHOOK_SECRET] } };
  expect(await doors.post(PATH, { ...BOUNCE, secret_key: WEBHOOK_SECRET, ...copies })).toMatchObject(NEW);
  expect(await doors.post(PATH, { ...BOUNCE, secret_key: `${WEBHOOK_SECRET}x` })).toMatchObject(UNAUTHORIZED);
  expect(hits(doors.trial, [{ code: 0, signal: null, stdout: doors.logged(), stderr: '' }], WEBHOOK_SECRET)).toEqual(
    [],
  );
});

test('an event that was stored when the process ended is worked off at the next start, and once, by however many', async () => {
  const trial = await startTrial({ rules: RULES });
  const path = join(trial.dir, 'trial.db');
  const store = await openStore(path, 'live', systemClock, true);
  const bodies = [BOUNCE, null, { body: JSON.stringify(UNSUBSCRIBED) }, { event_type: 'EMAIL_BOUNCE' }];
  const stored = bodies.map((body, n) => ({ body: JSON.stringify(body), bodyHash: String(n) }));
  await saveEvents(store, 'default', undefined, stored);
  const [config] = loadRulesFile(join(trial.dir, 'rules.yaml')).organizations.values();
  const lines: LogLine[] = [];
  const options = { databasePath: path, kind: 'live', organizations: config ? [config] : [] } as const;
  const engine = await makeEngine(options, (line) => lines.push(line));
  await engine.stop();
  const open = () => trial.query('SELECT 1 FROM webhook_events WHERE processed_at IS NULL');
  expect(open()).toEqual([]);
  expect(trial.query('SELECT value FROM suppressions ORDER BY value')).toEqual([
    { value: 'gone@example.com' },
    { value: 'test@example.com' },
  ]);
  expect(trial.query('SELECT 1 FROM webhook_events WHERE unread_stop = 1')).toHaveLength(1);
  expect(lines.filter(({ level }) => level === 'warn')).toMatchObject([{ organization: 'default' }]);

  // two processes find the same event open
  await queue(store, await newRun(store), [LEAD.email]);
  const [saved] = await saveEvents(store, 'default', undefined, [{ body: '{}', bodyHash: 'z' }]);
  const effect: EventEffect = {
    does: 'lead',
    email: LEAD.email,
    name: 'EMAIL_REPLY',
    campaignId: '1',
    at: undefined,
    suppress: undefined,
  };
  for (let n = 0; n < 2; n++) await applyEvents(store, [{ id: saved?.id ?? 0, organization: 'default', effect }]);
  expect(trial.query("SELECT 1 FROM audit_logs WHERE action = 'event'")).toHaveLength(1);
  closeStore(store);
});
