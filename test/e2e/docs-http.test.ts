import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { curlExamples, jsonBlock } from '../helpers/doc-examples.js';
import { ROOT } from '../helpers/run-cli.js';
import { createKey, startServe } from '../helpers/serve.js';
import { startTrial } from '../helpers/trial.js';

const PAGES = ['README.md', 'docs/http.md', 'docs/deploy.md'];
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const SECRETS = { CLAY_WEBHOOK_SECRET: 'a-secret-of-clay', SMARTLEAD_WEBHOOK_SECRET: 'a-secret-of-smartlead' };

/** The example rules with both signed doors open. */
const RULES = read('rules.example.yaml')
  .replace('#clay:', 'clay:')
  .replace('#webhook_secret_env:', 'webhook_secret_env:');

/** Runs a shell script whose curl adds the status in a last line, as a reader would who asks for it. */
async function runShell(script: string, cwd: string, env: Record<string, string>) {
  const shim = `set -eu\ncurl() { command curl --silent --show-error --write-out '\\n%{http_code}' "$@"; }\n`;
  const child = spawn('sh', ['-c', shim + script], {
    cwd,
    env: { PATH: process.env.PATH ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const [code] = await once(child, 'close');
  const at = stdout.lastIndexOf('\n');
  return { code, stderr, body: stdout.slice(0, at), status: Number(stdout.slice(at + 1)) };
}

/** An answer as it must be but for the ids, which are another each time. */
const masked = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value).replaceAll(/"leadId":"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"/g, '"leadId":"…"'));

test('every curl that the documentation shows runs as it stands and is answered as shown', async () => {
  const examples = PAGES.flatMap((page) => curlExamples(page, read(page)));
  expect(examples.filter(({ status }) => status !== undefined).length).toBeGreaterThan(10);
  const trial = await startTrial({ rules: RULES });
  const { key } = await createKey(trial);
  const { url } = await startServe(trial, { env: SECRETS });
  for (const { where, script, status, body } of examples) {
    const here = script.replaceAll(/https?:\/\/(localhost:3001|drason\.example\.com)/g, url);
    const answer = await runShell(here, trial.dir, { DRASON_API_KEY: key, ...SECRETS });
    expect({ where, code: answer.code, stderr: answer.stderr, status: answer.status }).toEqual({
      where,
      code: 0,
      stderr: '',
      status: status ?? 200,
    });
    if (body !== undefined)
      expect({ where, body: masked(JSON.parse(answer.body)) }).toEqual({ where, body: masked(body) });
  }
});

test('without a key /readyz answers as docs/http.md shows', async () => {
  const trial = await startTrial();
  const { url } = await startServe(trial, { env: { SMARTLEAD_API_KEY: '' } });
  const answer = await fetch(`${url}/readyz`);
  expect(answer.status).toBe(503);
  expect(await answer.json()).toEqual(jsonBlock(read('docs/http.md'), 'NOT_READY'));
});

test('docs/http.md names every error code that the doors have, and no other', () => {
  const folder = join(ROOT, 'src/server');
  const sources = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'));
  const made = /(?:ApiError\(\s*\d{3},\s*|errorBody\(|\bcode = |secretEnv, )'([A-Z_]+)'/g;
  const inCode = sources.flatMap((source) => [...source.matchAll(made)].map(([, code]) => code));
  const section =
    read('docs/http.md')
      .split('\n## ')
      .find((part) => part.startsWith('Errors\n')) ?? '';
  const inDocs = [...section.matchAll(/`([A-Z]+_[A-Z_]+|[A-Z]{6,})`/g)].map(([, code]) => code);
  expect([...new Set(inDocs)].sort()).toEqual([...new Set(inCode)].sort());
});
