import { readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Fault } from '../../src/sandbox/faults.js';
import { manyLeads, startTrial, type Trial } from '../helpers/trial.js';

/** With a character that a URL encodes, so that the raw and the encoded form differ. */
const KEY = 'planted-k3y+77c1/zz=';
const FORMS = [KEY, encodeURIComponent(KEY), 'planted-k3y', Buffer.from(KEY).toString('base64').slice(0, 20)];

/** Every file of the trial's folder but the one that holds the key on purpose. */
function filesOf(trial: Trial): string[] {
  return readdirSync(trial.dir, { recursive: true, encoding: 'utf8' })
    .filter((name) => name !== 'key.txt')
    .map((name) => join(trial.dir, name))
    .filter((path) => statSync(path).isFile());
}

function expectNoKey(trial: Trial, outputs: readonly string[]): void {
  for (const form of FORMS) {
    for (const output of outputs) expect(output).not.toContain(form);
    for (const path of filesOf(trial)) expect(readFileSync(path).includes(form), path).toBe(false);
  }
}

const FAULTS: ReadonlyArray<Fault | undefined> = [undefined, '500', '401', '403-html', '302', '429', 'reset-after'];

test.each(FAULTS)('the key shows nowhere, whatever Smartlead does (%s)', async (fault) => {
  const trial = await startTrial({ faults: () => fault });
  trial.write('leads.csv', manyLeads(3));
  const args = ['ingest', 'leads.csv', '--verbose', '--max-wait', '10ms'];
  const result = await trial.run(args, { env: { SMARTLEAD_API_KEY: KEY, DEBUG: '*' } });
  expect(trial.requests[0]?.key).toBe(KEY);
  expectNoKey(trial, [result.stdout, result.stderr]);
});

test.each([200, 302, 400, 401, 500])(
  'a server that repeats the key in a %d does not make drason repeat it',
  async (status) => {
    const trial = await startTrial();
    const echo = createServer((request, response) => {
      const said = `cannot serve http://smartlead${request.url} for ${KEY}`;
      response.writeHead(status, {
        'content-type': 'application/json',
        location: `/elsewhere${request.url}`,
        'retry-after': KEY,
      });
      response.end(JSON.stringify({ message: said, error: said, invalid_emails: [said] }));
    });
    await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      echo.closeAllConnections();
      echo.close();
    });
    const address = echo.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    trial.write('leads.csv', manyLeads(2));
    const args = ['ingest', 'leads.csv', '--verbose', '--max-wait', '10ms'];
    const env = { SMARTLEAD_API_KEY: KEY, SMARTLEAD_BASE_URL: `http://127.0.0.1:${port}/api/v1` };
    const result = await trial.run(args, { env });
    expect(trial.states().ACTIVE).toBeUndefined();
    expectNoKey(trial, [result.stdout, result.stderr]);
  },
);

test('the key shows nowhere when nobody listens, when it comes from a file, and when it is no key at all', async () => {
  const trial = await startTrial();
  trial.write('leads.csv', manyLeads(3));
  trial.write('key.txt', `${KEY}\n`);
  const fromFile = { SMARTLEAD_API_KEY: '', SMARTLEAD_API_KEY_FILE: 'key.txt' };
  const { port } = trial.sandbox;
  await trial.sandbox.close();
  const down = await trial.run(['ingest', 'leads.csv', '--verbose', '--json'], { env: fromFile });
  expect(down.code).toBe(5);
  const broken = await trial.run(['ingest', 'leads.csv', '--verbose'], {
    env: { SMARTLEAD_API_KEY: `${KEY} and more`, SMARTLEAD_BASE_URL: `http://127.0.0.1:${port}/${KEY}` },
  });
  expect(broken.code).toBe(2);
  expectNoKey(
    trial,
    [down, broken].flatMap(({ stdout, stderr }) => [stdout, stderr]),
  );
});
