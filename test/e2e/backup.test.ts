import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { expect, test } from 'vitest';
import { manyLeads, startTrial, type Trial } from '../helpers/trial.js';

/** What is in a copy; throws when SQLite finds it damaged. */
function contentOf(path: string) {
  const db = new BetterSqlite3(path, { readonly: true });
  try {
    if (db.prepare('PRAGMA integrity_check').pluck().get() !== 'ok') throw new Error(`${path} is damaged`);
    return {
      emails: db.prepare<[], string>('SELECT email FROM leads ORDER BY seq').pluck().all(),
      withoutAudit: db
        .prepare('SELECT count(*) FROM leads WHERE id NOT IN (SELECT entity_id FROM audit_logs)')
        .pluck()
        .get(),
      journal: db.prepare('PRAGMA journal_mode').pluck().get(),
    };
  } finally {
    db.close();
  }
}

const backup = (trial: Trial, file: string) => trial.run(['backup', file, '--json']);

test('a backup made while an ingest is running is sound, and holds every lead up to some commit', async () => {
  const trial = await startTrial();
  const leads = 20_000;
  trial.write('leads.csv', manyLeads(leads, 'CTO'));
  await trial.run(['keys', 'create']);
  const ingest = trial.run(['ingest', 'leads.csv', '--json']);
  let isOver = false;
  const over = ingest.then(() => {
    isOver = true;
  });
  const copies: string[] = [];
  while (!isOver) {
    const file = `copy${copies.length}.db`;
    const { code, stdout } = await backup(trial, file);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ schema: 1, file });
    copies.push(file);
  }
  await over;
  expect((await ingest).code).toBe(0);

  const all = contentOf(join(trial.dir, 'trial.db')).emails;
  expect(all).toHaveLength(leads);
  const found = copies.map((file) => contentOf(join(trial.dir, file)));
  for (const { emails, withoutAudit, journal } of found) {
    expect(emails).toEqual(all.slice(0, emails.length));
    expect({ withoutAudit, journal }).toEqual({ withoutAudit: 0, journal: 'delete' });
  }
  // at least one of them fell into the midst of it
  expect(found.some(({ emails }) => emails.length > 0 && emails.length < leads)).toBe(true);
  expect(readdirSync(trial.dir).filter((name) => name.includes('unfinished'))).toEqual([]);
});

test('a backup never writes over a file, and says where it cannot write', async () => {
  const trial = await startTrial();
  await trial.run(['keys', 'create']);
  writeFileSync(join(trial.dir, 'mine.db'), 'mine');
  const taken = await trial.run(['backup', 'mine.db']);
  expect(taken).toMatchObject({ code: 2, stdout: '' });
  expect(taken.stderr).toContain('mine.db exists already');
  expect(readFileSync(join(trial.dir, 'mine.db'), 'utf8')).toBe('mine');
  const nowhere = await trial.run(['backup', 'no/such/folder.db']);
  expect(nowhere.code).toBe(2);
  expect(nowhere.stderr).toContain('the directory of the copy no/such/folder.db does not exist');
});

test('without a database there is nothing to back up, and none is made', async () => {
  const trial = await startTrial();
  const { code, stderr } = await trial.run(['backup', 'copy.db']);
  expect(code).toBe(2);
  expect(stderr).toContain(`there is no database at ${join(trial.dir, 'trial.db')}`);
  expect(existsSync(join(trial.dir, 'trial.db'))).toBe(false);
  expect(existsSync(join(trial.dir, 'copy.db'))).toBe(false);
});

test('a restored database goes on: what was pushed since the copy is proven again, and nobody is attached twice', async () => {
  const trial = await startTrial();
  trial.write('leads.csv', manyLeads(50));
  await trial.summary(['ingest', 'leads.csv'], { env: { SMARTLEAD_API_KEY: '' } });
  await backup(trial, 'copy.db');
  expect(trial.states()).toEqual({ 'HELD auth': 50 });
  trial.write('more.csv', manyLeads(50, 'VP Sales', 85, 'more'));
  await trial.summary(['ingest', 'more.csv']);
  await trial.summary(['retry', '--held', '--now']);
  expect(trial.states()).toEqual({ ACTIVE: 100 });

  // as docs/deploy.md says: the old file and all that belongs to it go away together
  mkdirSync(join(trial.dir, 'before'));
  for (const name of readdirSync(trial.dir).filter((one) => one.startsWith('trial.db'))) {
    renameSync(join(trial.dir, name), join(trial.dir, 'before', name));
  }
  copyFileSync(join(trial.dir, 'copy.db'), join(trial.dir, 'trial.db'));

  await trial.summary(['retry', '--held', '--now']);
  expect(trial.states()).toEqual({ ACTIVE: 50 });
  await trial.summary(['ingest', 'more.csv']);
  expect(trial.states()).toEqual({ ACTIVE: 100 });
  expect(trial.memberships()).toHaveLength(100);
});
