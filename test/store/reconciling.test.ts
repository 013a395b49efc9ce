import { expect, test } from 'vitest';
import type { StoreContext } from '../../src/store/engine/context.js';
import {
  correctLeads,
  foundInCampaign,
  missingInCampaign,
  type Standing,
} from '../../src/store/rosters/reconciling.js';
import { beginReading, countRoster, dropReadings, type Reading, savePage } from '../../src/store/rosters/rosters.js';
import { actions, addresses, claimed, KEY, newRun, newStore, queue, rows, TestClock } from './helper.js';

const page = (emails: readonly string[], total: number, entries = emails.length) => ({
  members: new Map(emails.map((email) => [email, `id-${email}`])),
  entries,
  total,
});

/** A store with leads that wait for campaign 1, of which the roster has the first. */
async function read() {
  const clock = new TestClock();
  const store = await newStore(clock);
  const emails = addresses(2);
  const run = await newRun(store);
  await queue(store, run, emails);
  clock.pass(1000);
  const begun = await beginReading(store, KEY, 'default', '1');
  const reading = await savePage(store, begun, page(emails.slice(0, 1), 1));
  clock.pass(1000);
  return { store, clock, run, reading, emails };
}

/** The first lead that was found in the campaign. */
async function firstFound(store: StoreContext, reading: Reading): Promise<Standing> {
  const [standing] = await foundInCampaign(store, reading, '', 1);
  if (!standing || standing.seq === null) throw new Error('expected a lead');
  return standing;
}

test('a lead is corrected only in the state in which it was compared', async () => {
  const { store, clock, run, reading, emails } = await read();
  const compared = await firstFound(store, reading);
  const correction = { correction: 'found', standing: compared } as const;

  const claim = await claimed(store, run);
  expect((await correctLeads(store, reading, [correction])).size).toBe(0);
  store.db.prepare('UPDATE leads SET attempt_id = NULL WHERE attempt_id = ?').run(claim.attemptId);
  for (const [column, value] of [
    ['updated_at', '2025-06-01T12:00:30.000Z'],
    ['hold_reason', 'refused'],
    ['assigned_campaign_id', '2'],
  ]) {
    const before = store.db.prepare(`SELECT ${column} AS was FROM leads WHERE seq = ?`).pluck().get(compared.seq);
    store.db.prepare(`UPDATE leads SET ${column} = ? WHERE seq = ?`).run(value, compared.seq);
    expect((await correctLeads(store, reading, [correction])).size).toBe(0);
    store.db.prepare(`UPDATE leads SET ${column} = ? WHERE seq = ?`).run(before, compared.seq);
  }
  expect(actions(store, emails[0] ?? '')).toEqual([]);
  clock.pass(1000);
  expect((await correctLeads(store, reading, [correction])).size).toBe(1);
  expect(rows(store).get(emails[0] ?? '')).toMatchObject({ status: 'ACTIVE', smartlead_lead_id: `id-${emails[0]}` });
  expect(actions(store, emails[0] ?? '')).toEqual(['found_in_smartlead']);
});

test('a place that is gone is taken away, and the lead keeps its state', async () => {
  const { store, clock, reading, emails } = await read();
  await correctLeads(store, reading, [{ correction: 'found', standing: await firstFound(store, reading) }]);
  clock.pass(1000);
  const anew = await beginReading(store, KEY, 'default', '1');
  store.db.prepare('DELETE FROM roster_members').run();
  const [missing] = await missingInCampaign(store, anew, 0, 10);
  if (!missing) throw new Error('expected a lead');
  await correctLeads(store, anew, [{ correction: 'left', standing: missing }]);
  expect(rows(store).get(emails[0] ?? '')).toMatchObject({ status: 'ACTIVE' });
  expect(store.db.prepare('SELECT * FROM memberships').all()).toEqual([]);
  expect(await missingInCampaign(store, anew, 0, 10)).toEqual([]);
});

test('reading ends at the total, and with a page that brings nobody new', async () => {
  const store = await newStore();
  const begun = await beginReading(store, KEY, 'default', '1');
  const first = await savePage(store, begun, page(['a@example.com', 'b@example.com'], 1_000_000));
  expect(first).toMatchObject({ nextOffset: 2, ended: false });
  const again = await savePage(store, first, page(['a@example.com', 'b@example.com'], 1_000_000));
  expect(again).toMatchObject({ nextOffset: 4, ended: true, firstTotal: 1_000_000 });
  expect(await countRoster(store, again)).toBe(2);
  await dropReadings(store, 'default', ['1']);
  const anew = await beginReading(store, KEY, 'default', '1');
  expect(anew).toMatchObject({ nextOffset: 0, ended: false, resumed: false });
  expect(await savePage(store, anew, page([], 0))).toMatchObject({ ended: true, lastTotal: 0 });
});
