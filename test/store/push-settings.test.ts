import { expect, test } from 'vitest';
import { systemClock } from '../../src/clock.js';
import { changeSettings, keptSettings, latestSettingChanges } from '../../src/store/settings/push-settings.js';
import { newStore } from './helper.js';

const SIZE = 'smartlead.batch_size';
const LIMIT = 'smartlead.rate_limit';

test('settings are kept by organization, until they are given back to the rules file', async () => {
  const store = await newStore(systemClock);
  expect(await changeSettings(store, 'acme', { [SIZE]: 10, [LIMIT]: '10 per 2s' })).toEqual([SIZE, LIMIT]);
  const since = expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/);
  expect(await keptSettings(store, 'acme')).toEqual([
    { setting: SIZE, value: 10, since },
    { setting: LIMIT, value: '10 per 2s', since },
  ]);
  expect(await keptSettings(store, 'globex')).toEqual([]);
  expect(await changeSettings(store, 'acme', { [SIZE]: null })).toEqual([SIZE]);
  expect((await keptSettings(store, 'acme')).map(({ setting }) => setting)).toEqual([LIMIT]);
});

test('each real change has one audit row with the old value; what stays the same has none', async () => {
  const store = await newStore(systemClock);
  await changeSettings(store, 'acme', { [SIZE]: 10, [LIMIT]: null });
  await changeSettings(store, 'acme', { [SIZE]: 10 });
  await changeSettings(store, 'acme', { [SIZE]: 20 });
  await changeSettings(store, 'acme', { [SIZE]: null });
  const rows = store.db.prepare('SELECT entity, entity_id, trigger, action, details FROM audit_logs ORDER BY id').all();
  const row = (was: number | null, now: number | null) => ({
    entity: 'organization',
    entity_id: 'acme',
    trigger: 'admin',
    action: 'setting_changed',
    details: JSON.stringify({ setting: SIZE, was, now, by: 'administrator' }),
  });
  expect(rows).toEqual([row(null, 10), row(10, 20), row(20, null)]);
  const changes = await latestSettingChanges(store, 'acme', 2);
  expect(changes.map(({ was, now }) => [was, now])).toEqual([
    [20, null],
    [10, 20],
  ]);
});
