import { execFile } from 'node:child_process';
import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { ROOT } from '../helpers/run-cli.js';
import { tempDir } from '../helpers/temp-dir.js';
import { record } from './results.js';

/** One change that breaks a promise, and the file of tests that has to notice it. */
interface Mutation {
  what: string;
  file: string;
  from: string;
  to: string;
  noticedBy: string;
}

const MUTATIONS: Mutation[] = [
  {
    what: 'nothing is recovered from processes that are gone',
    file: 'src/store/settling.ts',
    from: '  const open = read(store, () =>\n    store.db.prepare<[], OpenAttempt>',
    to: '  if (store.path) return 0;\n  const open = read(store, () =>\n    store.db.prepare<[], OpenAttempt>',
    noticedBy: 'test/faults/named-points.test.ts',
  },
  {
    what: 'leads are ACTIVE as soon as they are claimed',
    file: 'src/store/claims.ts',
    from: "'UPDATE leads SET attempt_id = ?, next_attempt_at = NULL WHERE seq = ?'",
    to: "`UPDATE leads SET status = 'ACTIVE', hold_reason = NULL, attempt_id = ?, next_attempt_at = NULL WHERE seq = ?`",
    noticedBy: 'test/faults/named-points.test.ts',
  },
  {
    what: 'a 400 refuses its whole batch',
    file: 'src/delivery/settle.ts',
    from: "if (leads.length === 1 && only) return [to.held(only, 'refused', message)];",
    to: "if (only) return leads.map((lead) => to.held(lead, 'refused', message));",
    noticedBy: 'test/e2e/failures.test.ts',
  },
  {
    what: 'upload_count is taken for success',
    file: 'src/smartlead/evidence.ts',
    from: 'const inCampaign = countedIn(answer) ?? 0;',
    to: 'const inCampaign = answer.upload_count ?? countedIn(answer) ?? 0;',
    noticedBy: 'test/smartlead/evidence.test.ts',
  },
  {
    what: 'an answer that contradicts itself is believed',
    file: 'src/smartlead/evidence.ts',
    from: 'saysTwice(body) || contradictsItself(weighed)',
    to: 'saysTwice(body)',
    noticedBy: 'test/smartlead/evidence.test.ts',
  },
  {
    what: 'a failed TLS handshake may have arrived',
    file: 'src/smartlead/exchange.ts',
    from: 'if (!progress.ready) end(',
    to: 'if (!progress.connected) end(',
    noticedBy: 'test/smartlead/exchange.test.ts',
  },
  {
    what: 'connections that died in a stall are written to',
    file: 'src/smartlead/exchange.ts',
    from: 'await settleConnections();',
    to: '',
    noticedBy: 'test/smartlead/exchange.test.ts',
  },
  {
    what: 'a stall counts as waiting',
    file: 'src/smartlead/awake-timer.ts',
    from: 'Math.min(now - this.#last, MOST_PER_TICK_MS)',
    to: 'now - this.#last',
    noticedBy: 'test/smartlead/exchange.test.ts',
  },
  {
    what: 'an outcome is written whoever holds the lead by now',
    file: 'src/store/settling.ts',
    from: 'WHERE seq = ? AND id = ? AND attempt_id = ?`',
    to: 'WHERE seq = ? AND id = ? AND ? IS NOT NULL`',
    noticedBy: 'test/faults/stopped-process.test.ts',
  },
  {
    what: 'forget takes leads in flight',
    file: 'src/store/forget.ts',
    from: 'if (lead && lead.attempt_id !== null) return false;',
    to: '',
    noticedBy: 'test/store/forget.test.ts',
  },
  {
    what: 'forget leaves memberships',
    file: 'src/store/schema.ts',
    from: 'BEGIN DELETE FROM memberships WHERE lead_seq = OLD.seq; ',
    to: 'BEGIN ',
    noticedBy: 'test/store/settling.test.ts',
  },
  {
    what: 'the number of a lead that was erased is used again',
    file: 'src/store/schema.ts',
    from: 'CREATE TABLE leads (\n    seq INTEGER PRIMARY KEY AUTOINCREMENT,',
    to: 'CREATE TABLE leads (\n    seq INTEGER PRIMARY KEY,',
    noticedBy: 'test/faults/erased-in-flight.test.ts',
  },
];

const COPIED = ['assets', 'packaging', 'src', 'test', 'bin', 'docs', 'fixtures', 'package.json', 'rules.example.yaml'];
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
  const compiled = await node(['build.js'], dir);
  expect(compiled.ok, compiled.output).toBe(true);
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
  expect(await failing(await built(), files)).toEqual([]);
  record('Mutations: the unchanged program', { 'files of tests': files.length, failed: 0 });
});

test.each(MUTATIONS)('a test notices when $what', async (mutation) => {
  const failed = await failing(await built(mutation), [mutation.noticedBy]);
  expect(failed.length).toBeGreaterThan(0);
  record(`Mutation: ${mutation.what}`, { failed: failed.length, 'the first': `"${failed[0]}"` });
});
