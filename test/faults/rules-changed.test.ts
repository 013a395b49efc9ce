import { expect, test } from 'vitest';
import { faultEnv } from '../helpers/faults.js';
import { startTrial, type Trial } from '../helpers/trial.js';

const rules = (campaign: string, block = '') => `organization: default
rules:
  - persona: VP Sales
    min_score: 50
    target_campaign_id: ${campaign}
${block}`;
const BLOCKED = 'health:\n  block: [bad-firm.com]\n';
const LEADS = 'email,persona,lead_score\nann@bad-firm.com,VP Sales,90\nbob@good-firm.com,VP Sales,90\n';

/** What was sent to Smartlead after the first `n` requests, and with which addresses. */
const sentSince = (trial: Trial, n: number) => trial.requests.slice(n).filter(({ method }) => method === 'POST');

/** Two leads whose first push ends unknown, in one way or another. */
const WAYS = {
  'an answer that tells nothing': async (trial: Trial) => {
    await trial.run(['ingest', 'leads.csv']);
  },
  'a crash': async (trial: Trial) => {
    await trial.run(['ingest', 'leads.csv'], { env: faultEnv({ killAt: 'before the settle commits' }) });
  },
};

for (const [way, meets] of Object.entries(WAYS)) {
  const lost = way === 'a crash' ? undefined : ('500' as const);

  test(`an unknown lead (${way}) that is on the block list by now is only asked about`, async () => {
    const trial = await startTrial({
      processes: true,
      rules: rules('123456'),
      faults: ({ n }) => (n === 0 ? lost : undefined),
    });
    trial.write('leads.csv', LEADS);
    await meets(trial);
    const before = trial.requests.length;
    trial.write('rules.yaml', rules('123456', BLOCKED));
    await trial.run(['retry', '--held', '--now']);
    const posts = sentSince(trial, before);
    expect(posts).toHaveLength(1);
    expect(JSON.stringify(posts)).not.toContain('bad-firm');
    const states = trial.query("SELECT email, status, hold_reason FROM leads WHERE email LIKE 'ann%'");
    // what arrived before the crash is in the campaign, whatever the rules say now; what did not is blocked
    expect(states).toEqual([
      lost
        ? { email: 'ann@bad-firm.com', status: 'BLOCKED', hold_reason: null }
        : { email: 'ann@bad-firm.com', status: 'ACTIVE', hold_reason: null },
    ]);
    expect(trial.states()).toMatchObject({ ACTIVE: lost ? 1 : 2 });
    expect(trial.memberships().some((place) => place.includes('bad-firm'))).toBe(lost === undefined);
  });

  test(`an unknown lead (${way}) whose campaign is in no rule any more is only asked about, then routed anew`, async () => {
    const trial = await startTrial({
      processes: true,
      rules: rules('123456'),
      faults: ({ n }) => (n === 0 ? lost : undefined),
    });
    trial.write('leads.csv', LEADS);
    await meets(trial);
    const before = trial.requests.length;
    trial.write('rules.yaml', rules('123457'));
    await trial.run(['retry', '--held', '--now']);
    expect(sentSince(trial, before).filter(({ path }) => path.includes('123456'))).toEqual([]);
    const there = lost ? '123457' : '123456';
    expect(trial.memberships()).toEqual([`${there} ann@bad-firm.com`, `${there} bob@good-firm.com`]);
    expect(trial.states()).toEqual({ ACTIVE: 2 });
  });
}
