import { execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { BIN } from '../helpers/run-cli.js';
import { leadCsv, startTrial, type Trial } from '../helpers/trial.js';

const BAD = leadCsv([['a@example.com', 'VP Sales', '85%']]);
const GOOD = leadCsv([['a@example.com', 'VP Sales', 85]]);

/** Everything in the trial's folder but what SQLite keeps beside a database that is open. */
function contents(trial: Trial): Record<string, string> {
  const files = readdirSync(trial.dir, { withFileTypes: true }).filter(
    (one) => one.isFile() && !/-(wal|shm)$/.test(one.name),
  );
  return Object.fromEntries(files.map(({ name }) => [name, readFileSync(join(trial.dir, name), 'latin1')]));
}

async function withDatabase(processes = false) {
  const trial = await startTrial({ processes });
  trial.write('leads.csv', BAD);
  trial.write('good.csv', GOOD);
  trial.write('.env', 'A=b\n');
  trial.write('key', 'k');
  await trial.run(['ingest', 'good.csv', '--no-push']);
  return trial;
}

test('no output takes the place of the database, the rules, secrets or an input, by whatever path, even with --force', async () => {
  const trial = await withDatabase();
  const { dir } = trial;
  mkdirSync(join(dir, 'folder'));
  symlinkSync(dir, join(dir, 'linked'));
  symlinkSync('trial.db', join(dir, 'soft.csv'));
  symlinkSync('trial.db-wal', join(dir, 'dangling.csv'));
  linkSync(join(dir, 'trial.db'), join(dir, 'hard.csv'));
  linkSync(join(dir, 'rules.yaml'), join(dir, 'hard-rules.csv'));
  const before = contents(trial);
  const places = [
    'trial.db',
    './folder/../trial.db',
    'linked/trial.db',
    'soft.csv',
    'hard.csv',
    'trial.db-wal',
    'linked/trial.db-shm',
    'trial.db-journal',
    'dangling.csv',
    'rules.yaml',
    'hard-rules.csv',
    '.env',
    'linked/.env',
    'key',
    'leads.csv',
    'linked/leads.csv',
    'folder',
    'none/rejects.csv',
  ];
  const env = { SMARTLEAD_API_KEY_FILE: join(dir, 'key') };
  for (const place of places) {
    for (const args of [
      ['ingest', 'leads.csv', '--rejects', place],
      ['backup', place],
      ['init', place],
      ['sandbox', '--port', '0', '--account', place],
    ]) {
      // one check serves all: a few places show that the other commands make it
      const [command] = args;
      if (command !== 'ingest' && !['trial.db', 'hard.csv', 'dangling.csv', 'linked/.env', 'key'].includes(place))
        continue;
      const force = command === 'sandbox' ? [] : ['--force'];
      const { code, stderr } = await trial.run([...args, ...force], { env });
      expect({ args, code, stderr }).toMatchObject({ args, code: 2 });
      expect(contents(trial)).toEqual(before);
    }
  }
}, 180_000);

test('a file is replaced only when it is what drason last wrote there, else the run is refused before it begins', async () => {
  const trial = await withDatabase();
  const ingest = (...more: string[]) => trial.run(['ingest', 'leads.csv', '--rejects', 'rejects.csv', ...more]);
  const read = () => readFileSync(join(trial.dir, 'rejects.csv'), 'utf8');
  const runs = () => trial.query<{ n: number }>('SELECT count(*) AS n FROM runs')[0]?.n;

  trial.write('rejects.csv', 'mine\n');
  const refused = await ingest();
  expect(refused).toMatchObject({ code: 2, stdout: '' });
  expect(refused.stderr).toMatch(/rejects\.csv is there already, and drason did not write it\n.*another name.*--force/);
  expect(read()).toBe('mine\n');
  expect(runs()).toBe(1);
  expect((await ingest('--force')).code).toBe(3);

  // its own: rehearsed, then for real, then again with another database
  expect((await ingest('--dry-run')).code).toBe(3);
  expect((await ingest()).code).toBe(3);
  expect((await ingest('--sandbox')).code).toBe(3);
  const written = read();

  // corrected by hand: not even one byte of it is lost
  writeFileSync(join(trial.dir, 'rejects.csv'), written.replace('85%', '850'));
  const changed = await ingest();
  expect(changed.code).toBe(2);
  expect(changed.stderr).toContain('was changed since drason wrote it');
  expect(read()).toContain('850');
  expect(readdirSync(trial.dir).filter((name) => name.includes('.tmp'))).toEqual([]);
});

test('a run without rejects leaves the file of an earlier one alone, and says so', async () => {
  const trial = await withDatabase();
  await trial.run(['ingest', 'leads.csv', '--rejects', 'rejects.csv']);
  const before = readFileSync(join(trial.dir, 'rejects.csv'), 'utf8');
  const { code, stderr } = await trial.run(['ingest', 'good.csv', '--rejects', 'rejects.csv', '--no-push']);
  expect(code).toBe(0);
  expect(stderr).toContain('rejects.csv is from an earlier run; this one had no rejects\n');
  expect(readFileSync(join(trial.dir, 'rejects.csv'), 'utf8')).toBe(before);
});

test('devices and pipes are written to as they are', async () => {
  const trial = await withDatabase(true);
  expect((await trial.run(['ingest', 'leads.csv', '--rejects', '/dev/null'])).code).toBe(3);
  expect(statSync('/dev/null').isCharacterDevice()).toBe(true);
  const toStderr = await trial.run(['ingest', 'leads.csv', '--rejects', '/dev/stderr', '--quiet']);
  expect(toStderr.stderr).toContain('a@example.com,First0,Last0,Company 0,VP Sales,85%,2,');
  execFileSync('mkfifo', [join(trial.dir, 'pipe')]);
  const reader = spawn('cat', ['pipe'], { cwd: trial.dir });
  let got = '';
  reader.stdout.setEncoding('utf8').on('data', (text: string) => {
    got += text;
  });
  const ended = new Promise((resolve) => reader.once('close', resolve));
  expect((await trial.run(['ingest', 'leads.csv', '--rejects', 'pipe'])).code).toBe(3);
  await ended;
  expect(got).toContain('a@example.com,First0');
  // a backup, too
  const { code } = await trial.run(['backup', '/dev/null']);
  expect(code).toBe(0);
  expect(readdirSync(trial.dir).filter((name) => name.includes('unfinished'))).toEqual([]);
});

test('backup and init replace a file only with --force', async () => {
  const trial = await withDatabase();
  for (const args of [
    ['backup', 'mine'],
    ['init', 'mine'],
  ]) {
    trial.write('mine', 'mine');
    const { code, stderr } = await trial.run(args);
    expect(code).toBe(2);
    expect(stderr).toContain('mine exists already; it was left as it is');
    expect(readFileSync(join(trial.dir, 'mine'), 'utf8')).toBe('mine');
    expect((await trial.run([...args, '--force'])).code).toBe(0);
    expect(readFileSync(join(trial.dir, 'mine'), 'utf8')).not.toBe('mine');
  }
});

test("an account of the sandbox is never made in another program's file", async () => {
  const trial = await withDatabase();
  await trial.run(['backup', 'copy.db']);
  const before = readFileSync(join(trial.dir, 'copy.db'));
  for (const name of ['copy.db', 'leads.csv']) {
    const { code, stderr } = await trial.run(['sandbox', '--port', '0', '--account', name]);
    expect(code, stderr).toBe(2);
    expect(stderr).toContain(`${name} is no account of the sandbox`);
  }
  expect(readFileSync(join(trial.dir, 'copy.db')).equals(before)).toBe(true);
});

test.each(['0000', '0077', '0777'])('with umask %s what drason makes is for this user only', async (umask) => {
  const trial = await startTrial();
  const leads = join(trial.dir, 'leads.csv');
  writeFileSync(leads, GOOD);
  const home = join(trial.dir, 'home');
  mkdirSync(home);
  const script = `umask ${umask}; cd "$HOME" || exit 9
for args in "ingest ${leads} --rules ${trial.dir}/rules.yaml --no-push" "ingest ${leads} --rules ${trial.dir}/rules.yaml --sandbox" "backup copy.db"; do
  "${process.execPath}" "${BIN}" $args || exit $?
done
"${process.execPath}" -e '
  const db = require("${join(process.cwd(), 'node_modules/better-sqlite3').replaceAll('\\', '/')}")(process.env.DB);
  db.exec("BEGIN IMMEDIATE; UPDATE about SET value = value"); db.exec("COMMIT");
  const { statSync } = require("node:fs");
  for (const end of ["-wal", "-shm"]) console.log("MODE", (statSync(process.env.DB + end).mode & 0o777).toString(8));
'`;
  const data = join(home, 'deep', 'data');
  const env = { PATH: process.env.PATH ?? '', HOME: home, XDG_DATA_HOME: data, DB: join(data, 'drason', 'drason.db') };
  const { stdout, stderr, status } = spawnSync('sh', ['-c', script], { env, encoding: 'utf8' });
  expect({ status, stderr }).toMatchObject({ status: 0 });
  expect(stdout.match(/MODE \d+/g)).toEqual(['MODE 600', 'MODE 600']);
  const made: string[] = [];
  const walk = (path: string) => {
    const found = statSync(path);
    made.push(`${(found.mode & 0o777).toString(8)} ${path.slice(home.length + 1)}`);
    if (found.isDirectory()) for (const name of readdirSync(path)) walk(join(path, name));
  };
  for (const name of readdirSync(home)) walk(join(home, name));
  expect(made.sort()).toEqual([
    '600 copy.db',
    '600 deep/data/drason/drason.db',
    '600 deep/data/drason/sandbox/drason.db',
    '600 deep/data/drason/sandbox/drason.db.account',
    '700 deep',
    '700 deep/data',
    '700 deep/data/drason',
    '700 deep/data/drason/sandbox',
  ]);
  expect(existsSync(join(trial.dir, 'data'))).toBe(false);
});
