import { copyFileSync, existsSync, mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { expect, test } from 'vitest';
import { DatabaseError } from '../../src/errors.js';
import { closeStore, openScratchStore, openStore, openStoreReadOnly } from '../../src/store/engine/open.js';
import { tempDir } from '../helpers/temp-dir.js';
import { addresses, newRun, newStore, queue, rows, runProcess, TestClock } from './helper.js';

const clock = new TestClock();
const open = (path: string, create = false) => openStore(path, 'live', clock, create);
const openers = [
  ['for writing', (path: string) => open(path, true)],
  ['for reading', (path: string) => openStoreReadOnly(path, 'live', clock)],
] as const;

/** A drason database with 500 leads, closed. */
async function filled(): Promise<string> {
  const path = join(tempDir(), 'filled.db');
  const store = await open(path, true);
  await queue(store, await newRun(store), addresses(500));
  closeStore(store);
  return path;
}

/** Refused with a DatabaseError that says what is wrong, and not a byte of the file is changed. */
async function expectRefused(path: string, message: RegExp): Promise<void> {
  const before = readFileSync(path);
  for (const [, opener] of openers) {
    const refused = await opener(path).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(refused).toBeInstanceOf(DatabaseError);
    expect(String(refused)).toMatch(message);
  }
  expect(readFileSync(path).equals(before)).toBe(true);
  // a reader of a file in WAL mode leaves an empty log
  expect(existsSync(`${path}-wal`) ? statSync(`${path}-wal`).size : 0).toBe(0);
}

test('processes that make one database at once migrate it once, and all can use it', async () => {
  const path = join(tempDir(), 'new', 'deep', 'drason.db');
  const code = `
    const [{ openStore, closeStore }, { startRun }, { systemClock }] =
      await Promise.all([load('store/engine/open'), load('store/log/runs'), load('clock')]);
    const store = await openStore(args[0], 'live', systemClock, true);
    await startRun(store, 'default', 'ingest', {});
    closeStore(store);`;
  const ended = await Promise.all(Array.from({ length: 6 }, () => runProcess(code, [path]).ended));
  expect(ended).toEqual(ended.map(() => ({ code: 0, output: '' })));
  const store = await open(path);
  expect(store.db.prepare('SELECT count(*) AS n FROM runs').get()).toEqual({ n: 6 });
  expect(store.db.prepare('SELECT value FROM about').all()).toEqual([{ value: 'live' }]);
  closeStore(store);
});

test('every connection waits for the disk, and a file is in WAL mode', async () => {
  const path = await filled();
  const again = await open(path);
  expect(again.db.pragma('synchronous', { simple: true })).toBe(2);
  expect(again.db.pragma('journal_mode', { simple: true })).toBe('wal');
  const reader = await openStoreReadOnly(path, 'live', clock);
  expect(reader.db.pragma('synchronous', { simple: true })).toBe(2);
  closeStore(reader);
  closeStore(again);
});

test('a database of another program is refused', async () => {
  const path = join(tempDir(), 'foreign.db');
  const foreign = new BetterSqlite3(path);
  foreign.exec('CREATE TABLE customers (id INTEGER)');
  foreign.close();
  await expectRefused(path, /another program/);
});

test('an empty database that another program has marked as its own is refused', async () => {
  const path = join(tempDir(), 'marked.db');
  const foreign = new BetterSqlite3(path);
  foreign.pragma('application_id = 1196444487');
  foreign.close();
  await expectRefused(path, /another program/);
});

test('a database of a newer drason is refused', async () => {
  const path = await filled();
  const newer = new BetterSqlite3(path);
  newer.pragma('user_version = 99');
  newer.close();
  await expectRefused(path, /newer drason \(schema 99/);
});

test.each([1, 99, 100, 4096, 5000, 40_960])('a database cut off after %i bytes is refused', async (bytes) => {
  const path = await filled();
  expect(statSync(path).size).toBeGreaterThan(40_960);
  truncateSync(path, bytes);
  await expectRefused(path, bytes < 100 ? /damaged or not a SQLite/ : /cut off/);
});

test.each([
  ['a lead file', 'email,persona\nann@example.com,VP Sales\n'],
  ['random bytes', Buffer.from(Array.from({ length: 8192 }, (_, n) => (n * 197) % 256))],
  ['zeros', Buffer.alloc(8192)],
])('%s in place of the database is refused', async (_what, content) => {
  const path = join(tempDir(), 'drason.db');
  writeFileSync(path, content);
  await expectRefused(path, /damaged or not a SQLite/);
});

test('pages overwritten behind a good beginning are reported as damage when they are met', async () => {
  const path = await filled();
  const bytes = readFileSync(path);
  bytes.fill(0x5a, 4096);
  writeFileSync(path, bytes);
  const attempt = async () => {
    const store = await open(path);
    try {
      await queue(store, await newRun(store), addresses(1, 'new'));
    } finally {
      closeStore(store);
    }
  };
  await expect(attempt()).rejects.toThrow(/is damaged/);
});

test('a folder, a missing file and a file on the way are refused in one sentence', async () => {
  const dir = tempDir();
  mkdirSync(join(dir, 'folder'));
  writeFileSync(join(dir, 'file'), '');
  for (const [, opener] of openers) {
    await expect(opener(join(dir, 'folder'))).rejects.toThrow(/is not a file/);
  }
  await expect(open(join(dir, 'missing.db'))).rejects.toThrow(/there is no database at/);
  await expect(openStoreReadOnly(join(dir, 'missing.db'), 'live', clock)).rejects.toThrow(/there is no database at/);
  await expect(open(join(dir, 'file', 'drason.db'), true)).rejects.toThrow(/part of its path is a file/);
  expect(existsSync(join(dir, 'missing.db'))).toBe(false);
});

test('an empty file becomes a database', async () => {
  const path = join(tempDir(), 'empty.db');
  writeFileSync(path, '');
  closeStore(await open(path));
  closeStore(await openStoreReadOnly(path, 'live', clock));
});

test('real leads and trial leads never meet in one database', async () => {
  const path = await filled();
  await expect(openStore(path, 'sandbox', clock, false)).rejects.toThrow(/holds real leads/);
  await expect(openStoreReadOnly(path, 'sandbox', clock)).rejects.toThrow(/holds real leads/);
  const trial = join(tempDir(), 'trial.db');
  closeStore(await openStore(trial, 'sandbox', clock, true));
  await expect(open(trial)).rejects.toThrow(/belongs to the sandbox/);
});

test('a store opened for reading cannot be written, and says so', async () => {
  const store = await openStoreReadOnly(await filled(), 'live', clock);
  await expect(newRun(store)).rejects.toThrow(/read-only/);
  closeStore(store);
});

test('a process killed while it moved pages from the log into the file leaves nothing behind that is refused', async () => {
  const dir = tempDir();
  const path = join(dir, 'drason.db');
  const store = await newStore(clock, path);
  store.db.pragma('wal_autocheckpoint = 0');
  await queue(store, await newRun(store), addresses(2000));
  // what such a kill leaves: the log as it was, and of the file the first pages only, which count pages not yet there
  copyFileSync(`${path}-wal`, join(dir, 'killed.db-wal'));
  store.db.pragma('wal_checkpoint(FULL)');
  copyFileSync(path, join(dir, 'killed.db'));
  truncateSync(join(dir, 'killed.db'), 4096 * 20);

  const killed = await open(join(dir, 'killed.db'));
  expect(rows(killed).size).toBe(2000);
  expect(killed.db.pragma('integrity_check', { simple: true })).toBe('ok');
  closeStore(killed);
});

test('a cut off file is refused although a log lies beside it that lacks the missing pages', async () => {
  const dir = tempDir();
  const path = join(dir, 'drason.db');
  const store = await newStore(clock, path);
  await queue(store, await newRun(store), addresses(2000));
  store.db.pragma('wal_checkpoint(TRUNCATE)');
  await newRun(store);
  copyFileSync(path, join(dir, 'cut.db'));
  copyFileSync(`${path}-wal`, join(dir, 'cut.db-wal'));
  truncateSync(join(dir, 'cut.db'), 4096 * 20);
  await expect(open(join(dir, 'cut.db'))).rejects.toThrow(/cut off/);
});

test('the audit log takes rows and lets none be changed or removed', async () => {
  const { db } = await newStore();
  db.prepare(
    `INSERT INTO audit_logs (organization_id, entity, entity_id, trigger, action, details, created_at)
     VALUES ('default', 'lead', 'x', 'ingest', 'assigned', '{}', '')`,
  ).run();
  expect(() => db.exec("UPDATE audit_logs SET action = 'blocked'")).toThrow(/append-only/);
  expect(() => db.exec('DELETE FROM audit_logs')).toThrow(/append-only/);
  expect(() => db.exec('INSERT OR REPLACE INTO audit_logs SELECT * FROM audit_logs')).toThrow(/append-only/);
  expect(db.prepare('SELECT action FROM audit_logs').all()).toEqual([{ action: 'assigned' }]);
});

test('a value of the wrong type, an invented status or a status without its reason is not stored', async () => {
  const store = await newStore();
  await queue(store, await newRun(store), addresses(1));
  const set = (assignment: string) => () => store.db.exec(`UPDATE leads SET ${assignment}`);
  expect(set("push_attempts = 'many'")).toThrow(/cannot store/);
  expect(set('push_group = 1.5')).toThrow(/cannot store/);
  expect(set("status = 'SLEEPING'")).toThrow(/CHECK/);
  expect(set("status = 'ACTIVE'")).toThrow(/CHECK/);
  expect(set('hold_reason = NULL')).toThrow(/CHECK/);
});

test('a scratch store works like a real one and leaves no file', async () => {
  const store = await openScratchStore(clock);
  await queue(store, await newRun(store), addresses(3));
  expect(rows(store).size).toBe(3);
  expect(existsSync(store.path)).toBe(false);
  closeStore(store);
});
