import {
  chmodSync,
  chownSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { expect, test } from 'vitest';
import { CAN_FILL_DISK, faultEnv } from '../helpers/faults.js';
import { type CliResult, ROOT } from '../helpers/run-cli.js';
import { manyLeads, rulesFor, startTrial, type Trial } from '../helpers/trial.js';

/** One message, its next step, and nothing for a programmer. */
function expectOneClearLine({ stdout, stderr }: CliResult, message: RegExp): void {
  expect(stderr).toMatch(message);
  expect(stdout + stderr).not.toMatch(/\n\s+at |node:internal|SqliteError|Error:/);
  expect(stderr.match(/^drason: /gm)).toHaveLength(1);
}

test.skipIf(!CAN_FILL_DISK)('a disk that is full before a claim: nothing is sent, and nothing is lost', async () => {
  const trial = await startTrial({ processes: true });
  trial.write('leads.csv', manyLeads(60));
  const full = await trial.run(['ingest', 'leads.csv'], { env: faultEnv({ diskFullAt: 'claim' }) });
  expect(full.code).toBe(75);
  expectOneClearLine(full, /the database .* cannot be written: .*\n.*Make room on the disk, then try again/);
  expect(trial.requests).toEqual([]);
  expect(trial.states()).toEqual({ 'HELD queued': 60 });
  expect(await trial.summary(['retry', '--held'])).toMatchObject({ exit_code: 0, outcomes: { active: 60 } });
  expect(trial.memberships()).toHaveLength(60);
});

test.skipIf(!CAN_FILL_DISK).each([1, 3])(
  'a disk that is full when answer %i has come: the leads end ACTIVE once there is room',
  async (nth) => {
    const trial = await startTrial({ processes: true });
    trial.write('leads.csv', manyLeads(450));
    const full = await trial.run(['ingest', 'leads.csv'], { env: faultEnv({ diskFullAt: 'settle', nth }) });
    expect(full.code).toBe(75);
    expectOneClearLine(full, /the database .* cannot be written/);
    const there = trial.sandbox.account.memberships().length;
    expect(there).toBeGreaterThan(0);
    expect(trial.states().ACTIVE ?? 0).toBeLessThan(there);
    const taken = trial.query('SELECT id FROM leads').length;
    expect(await trial.summary(['retry', '--held', '--now'])).toMatchObject({ exit_code: 0 });
    expect(trial.states()).toEqual({ ACTIVE: taken });
    expect(trial.memberships()).toHaveLength(taken);
    expect(Object.values(trial.query<Record<string, string>>('PRAGMA integrity_check')[0] ?? {})).toEqual(['ok']);
  },
);

/** Makes the trial's folder and database such that a user other than root cannot write the one or the other. */
async function readOnly(what: 'file' | 'folder'): Promise<{ trial: Trial; env: Record<string, string> }> {
  const trial = await startTrial({ processes: true });
  trial.write('leads.csv', manyLeads(5));
  trial.write('more.csv', manyLeads(5, 'VP Sales', 85, 'more'));
  await trial.summary(['ingest', 'leads.csv', '--no-push']);
  const root = process.getuid?.() === 0;
  const files = readdirSync(trial.dir).map((name) => join(trial.dir, name));
  for (const path of [...files, trial.dir]) if (root) chownSync(path, 65534, 65534);
  for (const path of files) if (path.includes('trial.db')) chmodSync(path, what === 'file' ? 0o444 : 0o644);
  chmodSync(trial.dir, what === 'folder' ? 0o555 : 0o755);
  return { trial, env: root ? faultEnv({ asNobody: true }) : {} };
}

/** Root may write anywhere, so the product runs as nobody, who must be able to read it. */
function nobodyCanRead(path: string): boolean {
  return (statSync(path).mode & 0o005) === 0o005 && (dirname(path) === path || nobodyCanRead(dirname(path)));
}

test.skipIf(process.getuid === undefined || !nobodyCanRead(resolve(ROOT))).each(['file', 'folder'] as const)(
  'a read-only %s: one clear line, nothing sent, nothing changed',
  async (what) => {
    const { trial, env } = await readOnly(what);
    const before = readFileSync(join(trial.dir, 'trial.db'));
    for (const args of [
      ['ingest', 'more.csv'],
      ['retry', '--held', '--reason', 'review'],
    ]) {
      const result = await trial.run(args, { env });
      expect(result.code, result.stderr).toBe(2);
      expectOneClearLine(result, /read-only|cannot be opened/);
    }
    expect(trial.requests).toEqual([]);
    chmodSync(trial.dir, 0o755);
    expect(readFileSync(join(trial.dir, 'trial.db')).equals(before)).toBe(true);
  },
);

/** Gives the trial a file that is not to be used as its database. */
const UNUSABLE: Record<string, { spoil: (path: string) => void; says: RegExp }> = {
  'cut off': { spoil: (path) => truncateSync(path, 20_000), says: /cut off/ },
  'cut off within its header': { spoil: (path) => truncateSync(path, 60), says: /damaged or not a SQLite/ },
  overwritten: {
    spoil: (path) => writeFileSync(path, 'email,persona\n'.repeat(2000)),
    says: /damaged or not a SQLite/,
  },
  "another program's": {
    spoil: (path) => {
      rmSync(path);
      const foreign = new BetterSqlite3(path);
      foreign.exec('CREATE TABLE customers (id INTEGER)');
      foreign.close();
    },
    says: /another program/,
  },
  "a newer drason's": {
    spoil: (path) => {
      const newer = new BetterSqlite3(path);
      newer.pragma('journal_mode = DELETE');
      newer.pragma('user_version = 99');
      newer.close();
    },
    says: /newer drason/,
  },
};

test.each(Object.entries(UNUSABLE))('a database that is %s is refused at once and not touched', async (_what, how) => {
  const trial = await startTrial({ processes: true });
  trial.write('leads.csv', manyLeads(100));
  await trial.summary(['ingest', 'leads.csv', '--no-push']);
  const path = join(trial.dir, 'trial.db');
  how.spoil(path);
  const before = readFileSync(path);
  for (const args of [
    ['ingest', 'leads.csv'],
    ['retry', '--held'],
    ['ingest', 'leads.csv', '--dry-run'],
  ]) {
    const began = performance.now();
    const result = await trial.run(args);
    expect(result.code, `${args.join(' ')}: ${result.stderr}`).toBe(2);
    expectOneClearLine(result, how.says);
    // no waiting for locks: the rest is the start of a process on a busy machine
    expect(performance.now() - began).toBeLessThan(5000);
    expect(readFileSync(path).equals(before), args.join(' ')).toBe(true);
  }
  expect(trial.requests).toEqual([]);
});

test('pages overwritten behind a good beginning: one clear line, and nothing is sent', async () => {
  const trial = await startTrial({ processes: true });
  trial.write('leads.csv', manyLeads(200));
  await trial.summary(['ingest', 'leads.csv', '--no-push']);
  const path = join(trial.dir, 'trial.db');
  const bytes = readFileSync(path);
  bytes.fill(0x5a, 4096);
  writeFileSync(path, bytes);
  const result = await trial.run(['retry', '--held', '--reason', 'review']);
  expect(result.code).toBe(2);
  expectOneClearLine(result, /is damaged/);
  expect(trial.requests).toEqual([]);
});

test('every connection of every command waits for the disk', async () => {
  const trial = await startTrial({ processes: true, rules: rulesFor([['VP Sales', '123456']]) });
  trial.write('leads.csv', manyLeads(5));
  const log = join(trial.dir, 'synchronous.txt');
  const env = faultEnv({ synchronousTo: log });
  for (const args of [
    ['ingest', 'leads.csv'],
    ['retry', '--held'],
    ['ingest', 'leads.csv', '--dry-run'],
  ]) {
    writeFileSync(log, '');
    expect((await trial.run(args, { env })).code, args.join(' ')).toBe(0);
    const values = readFileSync(log, 'utf8').trim().split('\n');
    // 2 is FULL, 3 EXTRA
    for (const value of values) expect(['2', '3'], args.join(' ')).toContain(value);
  }
});

test('ten first runs at once, two of each file, make one database that was migrated once', async () => {
  const trial = await startTrial({ processes: true, rules: rulesFor([['VP Sales', '123456']]) });
  const files = [1, 2, 3, 4, 5].flatMap((n) => {
    const name = trial.write(`${n}.csv`, manyLeads(2, 'CTO', 1, `first${n}-`));
    return [name, name];
  });
  const runs = await Promise.all(files.map((file) => trial.summary(['ingest', file])));
  expect(runs.map(({ exit_code }) => exit_code)).toEqual(files.map(() => 0));
  expect(trial.states()).toEqual({ 'HELD no_route': 10 });
  expect(trial.query("SELECT value FROM about WHERE key = 'kind'")).toHaveLength(1);
  expect(trial.query('SELECT id FROM runs')).toHaveLength(10);
});
