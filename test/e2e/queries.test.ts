import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { expect, test } from 'vitest';
import { leadCsv, startTrial } from '../helpers/trial.js';

const LEADS = leadCsv([
  ['test@example.com', 'VP Sales', 85],
  ['gone@example.com', 'Nobody Knows', 10],
  ['x@mailinator.com', 'VP Sales', 90],
  ['ann+invalid@example.com', 'VP Sales', 88.5],
]);

test('the query for the last pushes shows which leads were pushed and which were not, and why', async () => {
  const trial = await startTrial();
  trial.write('leads.csv', LEADS);
  await trial.summary(['ingest', 'leads.csv']);
  const rows = trial.query<{ entity_id: string; action: string; details: string; created_at: string }>(
    "SELECT * FROM audit_logs WHERE entity = 'lead' AND action IN ('pushed_to_smartlead', 'push_failed') ORDER BY created_at DESC LIMIT 10;",
  );
  const emails = new Map(
    trial.query<{ id: string; email: string }>('SELECT id, email FROM leads').map(({ id, email }) => [id, email]),
  );
  expect(new Map(rows.map((row) => [emails.get(row.entity_id), row.action]))).toEqual(
    new Map([
      ['test@example.com', 'pushed_to_smartlead'],
      ['ann+invalid@example.com', 'push_failed'],
    ]),
  );
  for (const row of rows) {
    expect(row).toMatchObject({ organization_id: 'default', trigger: expect.any(String) });
    expect(row.created_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(JSON.parse(row.details)).toMatchObject({ campaign: '123456' });
  }
  const failed = rows.find(({ action }) => action === 'push_failed');
  expect(JSON.parse(failed?.details ?? '')).toMatchObject({
    reason: 'refused',
    message: expect.stringMatching(/invalid/),
  });
});

test('the query for the newest leads shows each with its state', async () => {
  const trial = await startTrial();
  trial.write('leads.csv', LEADS);
  await trial.summary(['ingest', 'leads.csv']);
  const rows = trial.query<{ email: string; created_at: string }>(
    "SELECT email, persona, lead_score, status, health_classification, assigned_campaign_id, created_at FROM leads WHERE organization_id = 'default' ORDER BY created_at DESC LIMIT 10;",
  );
  const states = rows.map(({ created_at, ...row }) => {
    expect(created_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    return row;
  });
  expect(states.sort((a, b) => a.email.localeCompare(b.email))).toEqual([
    {
      email: 'ann+invalid@example.com',
      persona: 'VP Sales',
      lead_score: 88.5,
      status: 'HELD',
      health_classification: 'GREEN',
      assigned_campaign_id: '123456',
    },
    {
      email: 'gone@example.com',
      persona: 'Nobody Knows',
      lead_score: 10,
      status: 'HELD',
      health_classification: 'GREEN',
      assigned_campaign_id: null,
    },
    {
      email: 'test@example.com',
      persona: 'VP Sales',
      lead_score: 85,
      status: 'ACTIVE',
      health_classification: 'GREEN',
      assigned_campaign_id: '123456',
    },
    {
      email: 'x@mailinator.com',
      persona: 'VP Sales',
      lead_score: 90,
      status: 'BLOCKED',
      health_classification: 'RED',
      assigned_campaign_id: null,
    },
  ]);
});

test('the newest leads come first', async () => {
  const trial = await startTrial();
  trial.write('first.csv', leadCsv([['first@example.com', 'CTO', 1]]));
  trial.write('second.csv', leadCsv([['second@example.com', 'CTO', 1]]));
  await trial.summary(['ingest', 'first.csv']);
  await trial.summary(['ingest', 'second.csv']);
  expect(trial.query('SELECT email FROM leads ORDER BY created_at DESC LIMIT 10')).toEqual([
    { email: 'second@example.com' },
    { email: 'first@example.com' },
  ]);
});

test('every status and hold reason has its audit row, with the rule or the signals that decided', async () => {
  const trial = await startTrial();
  trial.write('leads.csv', LEADS);
  await trial.summary(['ingest', 'leads.csv']);
  const story = (email: string) =>
    trial
      .query<{ action: string; details: string }>(
        'SELECT action, details FROM audit_logs WHERE entity_id = (SELECT id FROM leads WHERE email = ?) ORDER BY id',
        email,
      )
      .map(({ action, details }) => ({ action, details: JSON.parse(details) }));
  expect(story('test@example.com')).toMatchObject([
    { action: 'assigned', details: { campaign: '123456', rule: 0, file: 'leads.csv', line: 2 } },
    { action: 'pushed_to_smartlead', details: { campaign: '123456', evidence: 'id_map' } },
  ]);
  expect(story('gone@example.com')).toMatchObject([{ action: 'unassigned' }]);
  expect(story('x@mailinator.com')).toMatchObject([
    { action: 'blocked', details: { health: 'RED', signals: [expect.anything()] } },
  ]);
  expect(story('ann+invalid@example.com')).toMatchObject([{ action: 'assigned' }, { action: 'push_failed' }]);
});

test('the audit log refuses to be changed', async () => {
  const trial = await startTrial();
  trial.write('leads.csv', LEADS);
  await trial.summary(['ingest', 'leads.csv']);
  const before = trial.query('SELECT * FROM audit_logs ORDER BY id');
  const db = new BetterSqlite3(join(trial.dir, 'trial.db'));
  try {
    expect(() => db.exec("UPDATE audit_logs SET action = 'assigned'")).toThrow(/append-only/);
    expect(() => db.exec('DELETE FROM audit_logs')).toThrow(/append-only/);
  } finally {
    db.close();
  }
  expect(trial.query('SELECT * FROM audit_logs ORDER BY id')).toEqual(before);
});
