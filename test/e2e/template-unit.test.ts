import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from '../helpers/run-cli.js';
import { leadCsv, startTrial } from '../helpers/trial.js';

const RULES = `organizations:
  acme: { rules: [{ persona: "*", target_campaign_id: "123456" }] }
  globex: { rules: [{ persona: "*", target_campaign_id: "123457" }] }
`;

test('the template unit gives the held leads of its organization another chance, and of no other', async () => {
  const unit = readFileSync(join(ROOT, 'docs/systemd/drason-retry@.service'), 'utf8');
  const command = /^ExecStart=\/usr\/local\/bin\/drason (.*)$/m.exec(unit)?.[1] ?? '';
  const trial = await startTrial({ rules: RULES.replaceAll('"*"', 'Gardener') });
  const file = trial.write('leads.csv', leadCsv([['jane@example.com', 'VP Sales', 85]]));
  for (const name of ['acme', 'globex']) await trial.run(['ingest', file, '--org', name]);
  trial.write('rules.yaml', RULES);
  const { code, stderr } = await trial.run(command.replaceAll('%i', 'acme').split(' '));
  expect(code, stderr).toBe(0);
  expect(trial.memberships()).toEqual(['123456 jane@example.com']);
});
