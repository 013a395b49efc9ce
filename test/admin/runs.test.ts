import { existsSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Admin, startAdmin } from '../helpers/admin.js';
import { leadCsv, startTrial, type Trial } from '../helpers/trial.js';

const RUNS = '/admin/o/default/runs';
const MIXED = `${leadCsv([
  ['jane@example.com', 'VP Sales', 85],
  ['nobody@example.com', 'Gardener', 10],
  ['jane@example.com', 'VP Sales', 85],
])}=bad,"Ann ""A""",Lee,Acme,VP Sales,a lot\nOther@Example.com,Bo,Lee,Acme,VP Sales,85%\n`;

async function takeIn(admin: Admin, content: string, name: string): Promise<string> {
  const form = new FormData();
  form.append('file', new Blob([content]), name);
  const { location: page } = await admin.upload('/admin/o/default/upload', form);
  const begun = await admin.post(`${page}/take-in`, { what: 'push' });
  return (await admin.jobEnd(begun.location)).location;
}

const keptIn = (trial: Trial) => join(trial.dir, 'trial.db.rejects');

test("a run's page shows sums that add up, what is held with a link, and its rejected rows as --rejects writes them", async () => {
  const trial = await startTrial();
  trial.write('mixed.csv', MIXED);
  await trial.run(['ingest', 'mixed.csv', '--rejects', 'rejects.csv', '--dry-run']);
  const admin = await startAdmin(trial);
  const page = await takeIn(admin, MIXED, 'mixed.csv');
  const id = page.split('/').at(-1) ?? '';

  const { status, text } = await admin.get(page);
  expect(status).toBe(200);
  for (const [name, n] of [
    ['Active', 1],
    ['Already active', 0],
    ['Held', 0],
    ['Holding pool', 1],
    ['Blocked', 0],
    ['Duplicate', 1],
    ['Rejected', 2],
  ] as const) {
    expect(text, name).toMatch(new RegExp(`<td>${name}</td><td class="number">${n}</td>`));
  }
  expect(text).toContain('<strong>5</strong>');
  expect(text).toContain('finished, but something needs attention');
  expect(text).toContain(`/admin/o/default/leads?run=${id}&amp;reason=no_route`);

  const rejects = await admin.get(`${page}/rejects`);
  expect(rejects.headers.get('content-disposition')).toBe(`attachment; filename="rejects-${id}.csv"`);
  expect(rejects.text).toBe(readFileSync(join(trial.dir, 'rejects.csv'), 'utf8'));
  expect(statSync(keptIn(trial)).mode & 0o777).toBe(0o700);
  expect(readdirSync(keptIn(trial))).toEqual([`${id}.csv`]);
  expect(statSync(join(keptIn(trial), `${id}.csv`)).mode & 0o777).toBe(0o600);
});

test('kept rejected rows go with a person whom they name, and after 30 days', async () => {
  const trial = await startTrial();
  const admin = await startAdmin(trial);
  const named = await takeIn(admin, MIXED, 'a.csv');
  const other = await takeIn(admin, leadCsv([['x@example.com', 'VP Sales', 'high']]), 'b.csv');
  const old = await takeIn(admin, leadCsv([['y@example.com', 'VP Sales', 'high']]), 'c.csv');
  const file = (page: string) => join(keptIn(trial), `${page.split('/').at(-1)}.csv`);

  const forgot = await trial.run(['forget', 'other@example.com', '--yes']);
  expect(forgot).toMatchObject({ code: 0, stderr: expect.stringContaining('1 file of rejected rows') });
  expect([named, other, old].map((page) => existsSync(file(page)))).toEqual([false, true, true]);
  expect((await admin.get(named)).text).toContain('The rejected rows are not kept here');
  expect((await admin.get(`${named}/rejects`)).status).toBe(404);

  const longAgo = Date.now() / 1000 - 31 * 86_400;
  utimesSync(file(old), longAgo, longAgo);
  await admin.serving.stop();
  const next = await startAdmin(trial);
  expect([other, old].map((page) => existsSync(file(page)))).toEqual([true, false]);
  expect((await next.get(`${other}/rejects`)).status).toBe(200);
});

test('an address is found in kept rejected rows wherever a piece of the file ends', async () => {
  const trial = await startTrial();
  const admin = await startAdmin(trial);
  const page = await takeIn(admin, leadCsv([['x@example.com', 'VP Sales', 'high']]), 'a.csv');
  const file = join(keptIn(trial), `${page.split('/').at(-1)}.csv`);
  for (let before = 64 * 1024 - 16; before <= 64 * 1024; before += 5) {
    writeFileSync(file, `${'a'.repeat(before - 1)} JANE@example.com\n`);
    await trial.run(['forget', 'jane@example.com', '--yes']);
    expect(existsSync(file), String(before)).toBe(false);
  }
});

test('runs are listed newest first, fifty a page, with how each ended in words', async () => {
  const trial = await startTrial();
  trial.write('one.csv', leadCsv([['jane@example.com', 'VP Sales', 85]]));
  trial.write('none.csv', 'email,persona\n<b>@x,VP Sales\n');
  await trial.run(['ingest', 'one.csv']);
  await trial.run(['ingest', 'none.csv', '--no-push']);
  const admin = await startAdmin(trial);
  const { text } = await admin.get(RUNS);
  expect(text.indexOf('none.csv')).toBeLessThan(text.indexOf('one.csv'));
  expect(text).toContain('active 1');
  expect(text).toMatch(/>0<\/span> <bdi>done</);
  expect(text).not.toContain('>Earlier<');

  const db = trial.query<{ seq: number }>('SELECT max(seq) AS seq FROM runs')[0]?.seq ?? 0;
  const first = await admin.get(`${RUNS}?before=${db}`);
  expect(first.text.match(/runs\/[0-9a-f-]{36}/g)).toHaveLength(2);
  expect((await admin.get(`${RUNS}?before=1`)).text).toContain('There are no earlier runs');
  expect((await admin.get(`${RUNS}?before=x`)).status).toBe(400);
  for (const path of ['/019a3c52', '/019a3c52/rejects', '/..%2f..%2ftrial.db/rejects']) {
    expect((await admin.get(RUNS + path)).status, path).toBe(404);
  }
});
