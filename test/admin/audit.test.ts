import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { expect, test } from 'vitest';
import { systemClock } from '../../src/clock.js';
import { closeStore, openStoreReadOnly } from '../../src/store/engine/open.js';
import { pageOfAudit } from '../../src/store/log/audit-list.js';
import { startAdmin } from '../helpers/admin.js';
import { leadCsv, manyLeads, startTrial } from '../helpers/trial.js';

const PAGE = '/admin/o/default/audit';

/** The numbers of the entries on a page, in its order. */
const idsOn = (text: string) => [...text.matchAll(/id="entry-(\d+)"/g)].map(([, id]) => Number(id));
const olderOn = (text: string) => /href="([^"]+)" rel="next"/.exec(text)?.[1]?.replaceAll('&amp;', '&');

test('the pages of the audit log show each entry once, newest first, and the filters leave what fits', async () => {
  const trial = await startTrial();
  trial.write('many.csv', manyLeads(120));
  trial.write(
    'few.csv',
    leadCsv([
      ['jo@example.com', 'VP Sales', 65],
      ['info@mailinator.com', 'VP Sales', 85],
    ]),
  );
  await trial.summary(['ingest', 'many.csv']);
  const few = await trial.summary(['ingest', 'few.csv']);
  const all = trial.query<{ id: number }>('SELECT id FROM audit_logs ORDER BY id DESC').map(({ id }) => id);
  const admin = await startAdmin(trial);

  const seen: number[] = [];
  let pages = 0;
  for (let next: string | undefined = PAGE; next !== undefined; pages++) {
    const { text } = await admin.get(next);
    seen.push(...idsOn(text));
    next = olderOn(text);
  }
  expect(seen).toEqual(all);
  expect(pages).toBe(Math.ceil(all.length / 100));

  const filtered = async (query: string) => {
    const { status, text } = await admin.get(`${PAGE}?${query}`);
    expect(status).toBe(200);
    return { ids: idsOn(text), text };
  };
  const where = (condition: string) =>
    trial.query<{ id: number }>(`SELECT id FROM audit_logs WHERE ${condition} ORDER BY id DESC`).map(({ id }) => id);
  const jo = await filtered('email=%20JO@example.com');
  expect(jo.ids).toEqual(where("entity_id = (SELECT id FROM leads WHERE email = 'jo@example.com')"));
  expect(jo.text).toMatch(/<summary><bdi>campaign 123457.* rule 2 .*few\.csv:2<\/bdi>/);
  expect((await filtered('action=blocked')).ids).toEqual(where("action = 'blocked'"));
  expect((await filtered('campaign=123457&trigger=delivery')).ids).toEqual(
    where("details ->> '$.campaign' = '123457' AND trigger = 'delivery'"),
  );
  expect((await filtered(`run=${few.run_id}&since=1h`)).ids).toEqual(where(`details ->> '$.run' = '${few.run_id}'`));
  expect((await filtered('since=2100-01-01')).text).toContain('No entry fits.');
  // an empty field is none, as a browser sends it
  expect((await filtered('email=&action=&trigger=&run=&campaign=&since=')).ids).toEqual(all.slice(0, 100));

  expect((await admin.get(`${PAGE}?run=nonsense`)).text).toContain('There is no run nonsense');
  expect((await admin.get(`${PAGE}?action=stolen`)).status).toBe(400);
  expect((await admin.get(`${PAGE}?since=someday`)).text).toContain('expected a time span such as 2h');
  const hostile = await admin.get(`${PAGE}?email=${encodeURIComponent('"><script>alert(1)</script>')}`);
  expect(hostile.text).not.toContain('<script>alert');
});

test('a search that takes too long says where it stopped, and goes on from there', async () => {
  const trial = await startTrial();
  trial.write('many.csv', leadCsv([['jo@example.com', 'VP Sales', 85]]));
  await trial.summary(['ingest', 'many.csv']);
  const db = new BetterSqlite3(join(trial.dir, 'trial.db'));
  db.prepare(
    `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9000)
     INSERT INTO audit_logs (organization_id, entity, entity_id, trigger, action, details, created_at)
     SELECT 'default', 'lead', 'x', 'ingest', 'updated', '{}', '2026-01-01T00:00:00.000Z' FROM n`,
  ).run();
  db.close();
  const store = await openStoreReadOnly(join(trial.dir, 'trial.db'), 'live', systemClock);
  try {
    const look = (upTo: number, budgetMs: number) =>
      pageOfAudit(store, 'default', { action: 'pushed_to_smartlead' }, { upTo, count: 100, budgetMs });
    const first = await look(Number.MAX_SAFE_INTEGER, -1);
    expect(first).toMatchObject({ entries: [], full: false });
    expect(first.goesOn).toBeGreaterThan(2);
    const rest = await look(first.goesOn, 60_000);
    expect(rest).toMatchObject({ goesOn: 0, full: true });
    expect(rest.entries.map(({ id }) => id)).toEqual([2]);
  } finally {
    closeStore(store);
  }
});
