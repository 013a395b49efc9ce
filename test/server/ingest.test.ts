import { expect, test } from 'vitest';
import { startDoors } from '../helpers/doors.js';

const LEAD = { email: 'test@example.com', persona: 'VP Sales', lead_score: 85 };
const COMPLETE = { ...LEAD, first_name: 'First', last_name: 'Last', company: 'Company', source: 'api' };

test('a complete lead is stored, routed, pushed, proven, and the answer says so', async () => {
  const { trial, ingest } = await startDoors();
  const { status, body } = await ingest(COMPLETE);
  const [lead] = trial.query<{ id: string }>('SELECT id FROM leads');
  expect(status).toBe(200);
  expect(body).toEqual({
    success: true,
    data: {
      message: 'Lead ingested successfully',
      leadId: lead?.id,
      status: 'ACTIVE',
      holdReason: null,
      healthClassification: 'GREEN',
      assignedCampaignId: '123456',
      pushedToSmartlead: true,
    },
  });
  expect(trial.memberships()).toEqual(['123456 test@example.com']);
  expect(trial.query('SELECT email, first_name, last_name, company, persona, lead_score, source FROM leads')).toEqual([
    COMPLETE,
  ]);
});
