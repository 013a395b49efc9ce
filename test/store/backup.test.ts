import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { expect, test } from 'vitest';
import { backupStore } from '../../src/store/backup.js';
import { tempDir } from '../helpers/temp-dir.js';
import { addresses, newRun, newStore, queue } from './helper.js';

test('a backup comes to its end though others commit between any two of its steps, and shows one moment', async () => {
  const store = await newStore();
  const dir = tempDir();
  await queue(store, await newRun(store), addresses(3000));
  const other = new BetterSqlite3(store.path);
  const commit = other.prepare('UPDATE leads SET push_attempts = push_attempts + 1');
  let isOver = false;
  const copying = backupStore(store, join(dir, 'copy.db')).finally(() => {
    isOver = true;
  });
  let commits = 0;
  while (!isOver && commits < 200) {
    commit.run();
    commits++;
    await new Promise((resolve) => setImmediate(resolve));
  }
  other.close();
  await copying;
  expect(commits).toBeGreaterThan(5);
  expect(commits).toBeLessThan(200);
  const copy = new BetterSqlite3(join(dir, 'copy.db'), { readonly: true });
  expect(copy.prepare('SELECT count(*), count(DISTINCT push_attempts) FROM leads').raw().get()).toEqual([3000, 1]);
  copy.close();
});
