import { expect, test } from 'vitest';
import { leadCsv, manyLeads, startTrial } from '../helpers/trial.js';

const lastLine = (text: string) => text.trimEnd().split('\n').at(-1) ?? '';

test('--verbose logs a push that went well in the words that are promised', async () => {
  const trial = await startTrial();
  trial.write('leads.csv', leadCsv([['test@example.com', 'VP Sales', 85]]));
  const { stderr, code } = await trial.run(['ingest', 'leads.csv', '--verbose']);
  expect(code).toBe(0);
  const lines = stderr.split('\n').filter((line) => line.startsWith('['));
  expect(lines).toEqual([
    '[INGEST] Pushing lead test@example.com to Smartlead campaign 123456',
    '[SMARTLEAD] Successfully pushed lead to campaign',
    '[INGEST] Successfully pushed lead test@example.com to Smartlead campaign 123456',
  ]);
});

test('--verbose logs a lead that was refused with the status, the message and the counters', async () => {
  const trial = await startTrial();
  trial.write('leads.csv', leadCsv([['ann+invalid@example.com', 'VP Sales', 85]]));
  const { stderr } = await trial.run(['ingest', 'leads.csv', '--verbose']);
  const lines = stderr.split('\n').filter((line) => line.startsWith('['));
  expect(lines).toEqual([
    '[INGEST] Pushing lead ann+invalid@example.com to Smartlead campaign 123456',
    expect.stringMatching(
      /^\[SMARTLEAD\] Failed to push lead to campaign: status 200, .*invalid.*"invalid_email_count":1/,
    ),
    '[INGEST] Failed to push lead ann+invalid@example.com to Smartlead campaign 123456',
  ]);
});

test("--verbose logs a request that failed with Smartlead's own status and message", async () => {
  const trial = await startTrial({ campaigns: [] });
  trial.write('leads.csv', leadCsv([['test@example.com', 'VP Sales', 85]]));
  const { stderr, code } = await trial.run(['ingest', 'leads.csv', '--verbose']);
  expect(code).toBe(3);
  expect(stderr).toMatch(
    /^\[SMARTLEAD\] Failed to push lead to campaign: status 404, .*Campaign not found - Invalid campaign_id\./m,
  );
  expect(stderr).toMatch(/^\[INGEST\] Failed to push lead test@example\.com to Smartlead campaign 123456$/m);
});

test('--verbose calls only the lead that was refused a failure, not those whose batch is taken apart for it', async () => {
  const trial = await startTrial({ invalid: 'reject-unnamed' });
  trial.write('leads.csv', `${manyLeads(3)}bad+invalid@example.com,B,B,B,VP Sales,85\n`);
  const { stderr, code } = await trial.run(['ingest', 'leads.csv', '--verbose']);
  expect(code).toBe(3);
  expect(stderr.match(/^\[INGEST\] Failed to push lead .*/gm)).toEqual([
    '[INGEST] Failed to push lead bad+invalid@example.com to Smartlead campaign 123456',
  ]);
  expect(stderr.match(/^\[SMARTLEAD\] Failed to push lead to campaign: .*/gm)).toHaveLength(1);
  expect(stderr).toMatch(
    /^\[INGEST\] Holding lead lead0@example\.com for another step towards Smartlead campaign 123456: status 400, (?!400)/m,
  );
  expect(stderr).toMatch(/^\[SMARTLEAD\] Failed to push lead to campaign: status 400, (?!400)/m);
  expect(stderr.match(/Successfully pushed lead lead/g)).toHaveLength(3);
});

test('--verbose names each duplicate with its line; else they are only counted', async () => {
  const trial = await startTrial();
  trial.write('leads.csv', `${manyLeads(2)}LEAD0@example.com,A,B,C,VP Sales,85\n`);
  expect((await trial.run(['ingest', 'leads.csv', '--dry-run'])).stderr).not.toMatch(/duplicate/);
  const { stderr, stdout } = await trial.run(['ingest', 'leads.csv', '--verbose']);
  expect(stderr).toMatch(/^leads\.csv:4: duplicate: lead0@example\.com came earlier in this run$/m);
  expect(stdout).toMatch(/^Outcomes .*duplicate 1$/m);
});

test('one of anything is written as one', async () => {
  const trial = await startTrial({ campaigns: [] });
  trial.write('leads.csv', manyLeads(1));
  const { stdout } = await trial.run(['ingest', 'leads.csv']);
  expect(stdout).toMatch(/ · 1 row · 1 request · /);
  const quiet = await trial.run(['retry', '--held', '--quiet']);
  expect(quiet.stderr).toMatch(/^drason: 1 lead held as campaign_not_found: /m);
  expect((await trial.run(['ingest', 'leads.csv', '--max-errors', '0', '--map', 'lead_score=persona'])).stderr).toMatch(
    /1 of 1 row would be rejected/,
  );
});

test('without --verbose no push is logged', async () => {
  const trial = await startTrial();
  trial.write('leads.csv', manyLeads(2));
  const { stderr, stdout } = await trial.run(['ingest', 'leads.csv']);
  expect(stderr + stdout).not.toMatch(/\[INGEST\]|\[SMARTLEAD\]/);
});

test('--quiet says nothing when all went well, and each problem when it did not', async () => {
  const trial = await startTrial();
  trial.write('good.csv', manyLeads(2));
  expect(await trial.run(['ingest', 'good.csv', '--quiet'])).toMatchObject({ code: 0, stdout: '', stderr: '' });
  trial.write(
    'bad.csv',
    leadCsv([
      ['b@example.com', 'VP Sales', 'many'],
      ['c@example.com', 'VP Sales', 85],
    ]),
  );
  const { stdout, stderr, code } = await trial.run(['ingest', 'bad.csv', '--quiet'], {
    env: { SMARTLEAD_API_KEY: '' },
  });
  expect(code).toBe(4);
  expect(stdout).toBe('');
  expect(stderr).toMatch(/^bad\.csv:2: rejected: /m);
  expect(stderr).toMatch(/no Smartlead key/);
});

test('--json puts one object on stdout and nothing else, errors too', async () => {
  const trial = await startTrial();
  trial.write('leads.csv', manyLeads(2));
  for (const args of [
    ['ingest', 'leads.csv'],
    ['ingest', 'leads.csv', '--verbose'],
    ['retry', '--held'],
    ['ingest', 'missing.csv'],
    ['retry'],
    ['rules', 'lint'],
  ]) {
    const { stdout } = await trial.run([...args, '--json']);
    expect(stdout.trimEnd().split('\n'), args.join(' ')).toHaveLength(1);
    expect(JSON.parse(stdout), args.join(' ')).toMatchObject({ schema: 1 });
  }
});

test('the summary counts health, routes, outcomes and held reasons, and ends with the next command', async () => {
  const trial = await startTrial();
  trial.write(
    'leads.csv',
    leadCsv([
      ['a@example.com', 'VP Sales', 85],
      ['sales@example.com', 'VP Sales', 65],
      ['x@mailinator.com', 'VP Sales', 85],
      ['cto@example.com', 'CTO', 85],
      ['ann+unsubscribed@example.com', 'VP Sales', 85],
    ]),
  );
  const { stdout, code } = await trial.run(['ingest', 'leads.csv']);
  expect(code).toBe(3);
  expect(stdout).toMatch(/^Ingest {2}organization default · 5 rows · 2 requests · /m);
  expect(stdout).toMatch(/^Health +GREEN 3 · YELLOW 1 · RED 1$/m);
  expect(stdout).toMatch(/^Campaigns +123456 {2}active 1 · held 1$/m);
  expect(stdout).toMatch(/^ +123457 {2}active 1$/m);
  expect(stdout).toMatch(/^Outcomes +active 2 · held 1 · in the holding pool 1 · blocked 1$/m);
  expect(stdout).toMatch(/^Held +refused 1: /m);
  expect(lastLine(stdout)).toMatch(/^Next +\S/);
});

test('the suggested command of a held run is one that works as it stands', async () => {
  const trial = await startTrial();
  trial.write('my leads.csv', manyLeads(2));
  const first = await trial.run(['ingest', 'my leads.csv', '--no-push']);
  const args = lastLine(first.stdout)
    .replace(/^Next +drason /, '')
    .split(' ');
  expect(await trial.summary(args)).toMatchObject({ rows: 2, exit_code: 0, outcomes: { active: 2 } });
  const dry = await trial.run(['ingest', 'my leads.csv', '--dry-run', '--no-push', '--map', 'persona=last_name']);
  expect(lastLine(dry.stdout)).toMatch(/drason ingest 'my leads\.csv' --no-push --map persona=last_name$/);
});

test('--no-color and a pipe give plain text, FORCE_COLOR colours', async () => {
  const trial = await startTrial();
  trial.write('leads.csv', manyLeads(1));
  const csi = '\u001b[';
  expect((await trial.run(['ingest', 'leads.csv'])).stdout).not.toContain(csi);
  const env = { FORCE_COLOR: '1' };
  expect((await trial.run(['ingest', 'leads.csv'], { env })).stdout).toContain(csi);
  expect((await trial.run(['ingest', 'leads.csv', '--no-color'], { env })).stdout).not.toContain(csi);
});

test.each([
  ['a pipe', {}, false],
  ['FORCE_COLOR', { FORCE_COLOR: '1' }, true],
  ['FORCE_COLOR=0', { FORCE_COLOR: '0' }, false],
  ['NO_COLOR, which wins', { FORCE_COLOR: '1', NO_COLOR: '1' }, false],
])('help heeds %s', async (_what, env, colored) => {
  const trial = await startTrial();
  for (const args of [['--help'], ['ingest', '--help']]) {
    expect((await trial.run(args, { env })).stdout.includes('\u001b['), args.join(' ')).toBe(colored);
    expect((await trial.run([...args, '--no-color'], { env })).stdout).not.toContain('\u001b[');
  }
});

test('control characters of a file cannot steer the terminal', async () => {
  const trial = await startTrial();
  trial.write('leads.csv', 'email,persona,lead_score\na@example.com,\u001b[2J\u0007Boss,85\n');
  const { stdout, stderr } = await trial.run(['ingest', 'leads.csv', '--dry-run']);
  expect(stdout + stderr).not.toMatch(/[\u0007\u001b]/);
  expect(stdout).toContain('Boss');
});
