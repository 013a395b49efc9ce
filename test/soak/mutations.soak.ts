import { execFile } from 'node:child_process';
import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { ROOT } from '../helpers/run-cli.js';
import { tempDir } from '../helpers/temp-dir.js';
import { MUTATIONS, type Mutation } from './mutations.js';
import { record } from './results.js';

/** Tests that start the built program; the others read the sources. */
const STARTS_PROCESSES = /^test\/(e2e|faults)\//;
const COPIED = [
  'assets',
  'packaging',
  'src',
  'test',
  'bin',
  'docs',
  'fixtures',
  'package.json',
  'package-lock.json',
  'rules.example.yaml',
];
const CONFIGS = ['tsconfig.json', 'build.js', 'vitest.config.ts'];

function node(args: string[], cwd: string): Promise<{ ok: boolean; output: string }> {
  const env = { PATH: process.env.PATH, HOME: cwd };
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd, env, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      resolve({ ok: error === null, output: stdout + stderr });
    });
  });
}

/** A copy of the project with the built program, after a change if there is one. */
async function built(mutation?: Mutation): Promise<string> {
  const dir = tempDir();
  for (const name of [...COPIED, ...CONFIGS]) cpSync(join(ROOT, name), join(dir, name), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(dir, 'node_modules'));
  if (mutation) {
    const path = join(dir, mutation.file);
    const parts = readFileSync(path, 'utf8').split(mutation.from);
    // a text that is no longer there, or there twice, would make this test prove nothing
    expect(parts, `"${mutation.from}" once in ${mutation.file}`).toHaveLength(2);
    writeFileSync(path, parts.join(mutation.to));
  }
  if (!mutation || STARTS_PROCESSES.test(mutation.noticedBy)) {
    const compiled = await node(['build.js'], dir);
    expect(compiled.ok, compiled.output).toBe(true);
  }
  return dir;
}

const reportSchema = z.object({
  numTotalTests: z.number(),
  testResults: z.array(z.object({ assertionResults: z.array(z.object({ title: z.string(), status: z.string() })) })),
});

/** Runs files of tests in a copy and gives the names of those that failed. */
async function failing(dir: string, files: readonly string[]): Promise<string[]> {
  const report = join(dir, 'report.json');
  const args = ['node_modules/vitest/vitest.mjs', 'run', ...files, '--reporter=json', `--outputFile=${report}`];
  const { output } = await node(args, dir);
  const { numTotalTests, testResults } = reportSchema.parse(JSON.parse(readFileSync(report, 'utf8')));
  expect(numTotalTests, output).toBeGreaterThan(0);
  return testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status }) => status === 'failed')
    .map(({ title }) => title);
}

test('without a change the tests that notice changes pass', async () => {
  const files = [...new Set(MUTATIONS.map(({ noticedBy }) => noticedBy))];
  const failed = await failing(await built(), files);
  expect(failed, failed.join('\n')).toEqual([]);
  record('Mutations: the unchanged program', { 'files of tests': files.length, failed: 0 });
});

test.each(MUTATIONS)('a test notices when $what', async (mutation) => {
  const failed = await failing(await built(mutation), [mutation.noticedBy]);
  expect(failed.length).toBeGreaterThan(0);
  record(`Mutation: ${mutation.what}`, { failed: failed.length, 'the first': `"${failed[0]}"` });
});
