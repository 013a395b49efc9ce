import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { systemClock } from '../../src/clock.js';
import { ownOutput } from '../../src/output-file.js';
import { backupStore } from '../../src/store/engine/backup.js';
import { openStoreReadOnly } from '../../src/store/engine/open.js';
import { addresses, newRun, newStore, queue } from './helper.js';

async function filledStore() {
  const store = await newStore();
  const run = await newRun(store);
  await queue(store, run, addresses(5000));
  return { store, run, dir: dirname(store.path) };
}

test('a backup ends, with what was there when it began, however often others write meanwhile', async () => {
  const { store, run, dir } = await filledStore();
  const reader = await openStoreReadOnly(store.path, 'live', systemClock);
  let writing = true;
  let written = 0;
  const writes = (async () => {
    while (writing) {
      await queue(store, run, [`new${written++}@example.com`]);
      await new Promise((resolve) => setImmediate(resolve));
    }
  })();
  const { bytes } = await backupStore(reader, ownOutput(join(dir, 'copy.db')));
  writing = false;
  await writes;
  reader.db.close();
  expect(written).toBeGreaterThan(1);
  expect(bytes).toBeGreaterThan(100_000);
  const copy = await openStoreReadOnly(join(dir, 'copy.db'), 'live', systemClock);
  const count = copy.db.prepare<[], number>('SELECT count(*) FROM leads').pluck().get();
  copy.db.close();
  expect(count).toBeGreaterThanOrEqual(5000);
  expect(count).toBeLessThan(5000 + written);
  expect(readdirSync(dir).filter((name) => name.startsWith('copy'))).toEqual(['copy.db']);
});
