import { expect, test } from 'vitest';
import { leadCsv, startTrial } from '../helpers/trial.js';

test('a lead that is routed ends ACTIVE, and the request is what Smartlead takes', async () => {
  const trial = await startTrial();
  trial.write(
    'leads.csv',
    leadCsv([
      ['test@example.com', 'VP Sales', 85],
      ['x@mailinator.com', 'VP Sales', 90],
    ]),
  );
  const summary = await trial.summary(['ingest', 'leads.csv']);
  expect(summary.outcomes).toMatchObject({ active: 1, blocked: 1 });
  expect(summary.exit_code).toBe(0);
  expect(trial.pushes()).toHaveLength(1);
  expect(trial.pushes()[0]?.body).toEqual({
    lead_list: [{ email: 'test@example.com', first_name: 'First0', last_name: 'Last0', company_name: 'Company 0' }],
    settings: {
      ignore_global_block_list: false,
      ignore_unsubscribe_list: false,
      ignore_duplicate_leads_in_other_campaign: true,
      return_lead_ids: true,
    },
  });
  expect(trial.query('SELECT email, status, assigned_campaign_id FROM leads ORDER BY email')).toEqual([
    { email: 'test@example.com', status: 'ACTIVE', assigned_campaign_id: '123456' },
    { email: 'x@mailinator.com', status: 'BLOCKED', assigned_campaign_id: null },
  ]);
  expect(trial.sandbox.account.membersOf('123456')).toEqual(['test@example.com']);
});
