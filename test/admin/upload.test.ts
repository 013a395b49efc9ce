import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Admin, startAdmin } from '../helpers/admin.js';
import { leadCsv, manyLeads, startTrial, type Trial } from '../helpers/trial.js';
import { workbook } from '../intake/workbook.js';

const UPLOAD = '/admin/o/default/upload';
/** `drason serve` is a run itself. */
const INGESTS = "SELECT 1 FROM runs WHERE command = 'ingest'";
const LEADS = leadCsv([
  ['jane@example.com', 'VP Sales', 85],
  ['jo@example.com', 'Marketing Manager', 75],
  ['nobody@example.com', 'Gardener', 10],
  ['jane@example.com', 'VP Sales', 85],
  ['bad@example.com', 'VP Sales', 'a lot'],
  ['no@address', 'VP Sales', 85],
]);

/** An administrator, and the files that lie beside the database until they are taken in. */
async function uploader(): Promise<{ trial: Trial; admin: Admin; left: () => string[] }> {
  const trial = await startTrial();
  const admin = await startAdmin(trial);
  const beside = join(trial.dir, 'trial.db.uploads');
  return { trial, admin, left: () => (existsSync(beside) ? readdirSync(beside) : []) };
}

function fileForm(content: string | Buffer<ArrayBuffer>, name: string): FormData {
  const form = new FormData();
  form.append('file', new Blob([content]), name);
  return form;
}

async function send(admin: Admin, content: string | Buffer<ArrayBuffer>, name = 'leads.csv'): Promise<string> {
  const answer = await admin.upload(UPLOAD, fileForm(content, name));
  expect(answer, answer.text).toMatchObject({ status: 303 });
  return answer.location;
}

async function takeIn(admin: Admin, page: string, fields: Record<string, string>): Promise<string> {
  const begun = await admin.post(`${page}/take-in`, fields);
  expect(begun, begun.text).toMatchObject({ status: 303 });
  const end = await admin.jobEnd(begun.location);
  expect(end, end.text).toMatchObject({ status: 303 });
  return end.location;
}

test('a file that was sent is shown with what would become of its rows, and taken in becomes ACTIVE', async () => {
  const { trial, admin, left } = await uploader();
  const page = await send(admin, LEADS);
  const folder = join(trial.dir, 'trial.db.uploads', left()[0] ?? '');
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  expect(statSync(join(folder, 'file')).mode & 0o777).toBe(0o600);

  const { text } = await admin.get(page);
  expect(text).toContain('CSV, utf-8, delimiter comma');
  expect(text).toContain('to campaign 123456');
  expect(text).toContain('to campaign 123458');
  expect(text).toContain('to the holding pool');
  expect(text).toContain('the address came earlier in this file');
  expect(text).toContain('a lot');
  expect(trial.query('SELECT 1 FROM leads')).toEqual([]);
  expect(trial.query(INGESTS)).toEqual([]);

  const run = await takeIn(admin, page, { what: 'push' });
  expect(trial.states()).toEqual({ ACTIVE: 2, BLOCKED: 1, 'HELD no_route': 1 });
  expect(trial.memberships()).toEqual(['123456 jane@example.com', '123458 jo@example.com']);
  expect(trial.query("SELECT inputs FROM runs WHERE command = 'ingest'")).toEqual([{ inputs: '["leads.csv"]' }]);
  expect(
    trial.query<{ f: string }>("SELECT DISTINCT details ->> 'file' AS f FROM audit_logs WHERE action = 'assigned'"),
  ).toEqual([{ f: 'leads.csv' }]);
  expect((await admin.get(run)).status).toBe(200);
  expect(left()).toEqual([]);
  expect((await admin.get(page)).status).toBe(404);
});

test('a run that is cancelled ends as by Ctrl-C, what it stored stays, and its file can be taken in again', async () => {
  const { trial, admin, left } = await uploader();
  const page = await send(admin, manyLeads(10_000));
  const begun = await admin.post(`${page}/take-in`, { what: 'push' });
  expect((await admin.get(begun.location)).text).toContain(`action="${begun.location}/cancel"`);
  const cancelled = await admin.post(`${begun.location}/cancel`);
  expect(cancelled).toMatchObject({ status: 303 });
  const end = await admin.jobEnd(begun.location);
  expect((await admin.get(end.location)).text).toContain('interrupted; all work is saved');
  expect(trial.query(`${INGESTS} AND exit_code = 130`)).toHaveLength(1);
  expect(left()).toHaveLength(1);
  expect((await admin.get(page)).status).toBe(200);
});

test('a dry run that is cancelled says so', async () => {
  const { admin } = await uploader();
  const page = await send(admin, manyLeads(10_000));
  const begun = await admin.post(`${page}/take-in`, { what: 'dry-run' });
  await admin.post(`${begun.location}/cancel`);
  expect((await admin.jobEnd(begun.location)).text).toContain('The dry run was cancelled after');
});

test('a column that was not recognised is chosen, and the choice takes effect', async () => {
  const { trial, admin } = await uploader();
  const page = await send(admin, 'Reach;Who;Job\njane@example.com;Jane;VP Sales\n', 'odd.csv');
  const before = await admin.get(page);
  expect(before.text).toContain('no e-mail column');
  expect(before.text).not.toContain('Take in and push');
  await admin.post(`${page}/reading`, {
    'field.email': 'Reach',
    'field.first_name': 'Who',
    'field.persona': 'Job',
    delimiter: ';',
    source: 'fair',
  });
  const after = await admin.get(page);
  expect(after.text).toMatch(/<option value="Reach" selected/);
  expect(after.text).toContain('jane@example.com');
  await takeIn(admin, page, { what: 'review' });
  expect(trial.query('SELECT email, first_name, persona, source, status, hold_reason FROM leads')).toEqual([
    {
      email: 'jane@example.com',
      first_name: 'Jane',
      persona: 'VP Sales',
      source: 'fair',
      status: 'HELD',
      hold_reason: 'no_route',
    },
  ]);
});

test('the sheet of a workbook is chosen, and lines below its table are told', async () => {
  const { admin } = await uploader();
  const cells = (row: string) => row.split(',').map((text) => `<c t="inlineStr"><is><t>${text}</t></is></c>`);
  const sheet = (rows: readonly string[]) => rows.map((row) => `<row>${cells(row).join('')}</row>`).join('');
  const leads = sheet(['Email,Title,Score', 'jane@example.com,VP Sales,85', 'Total,1']);
  const book = Buffer.from(workbook({ Notes: sheet(['Read me,now', 'the leads,are elsewhere']), Leads: leads }, []));
  const page = await send(admin, book, 'book.xlsx');
  expect((await admin.get(page)).text).toContain('the others are &quot;Leads&quot;');
  await admin.post(`${page}/reading`, { sheet: 'Leads' });
  const after = await admin.get(page);
  expect(after.text).toContain('jane@example.com');
  expect(after.text).toContain('passed over 1 line after the table without an address');
  const begun = await admin.post(`${page}/take-in`, { what: 'dry-run' });
  expect((await admin.jobEnd(begun.location)).text).toContain('1 line after the table without an address');
  const taken = await admin.post(`${page}/take-in`, { what: 'review' });
  const { location: run } = await admin.jobEnd(taken.location);
  expect((await admin.get(run)).text).toMatch(/Passed over<\/dt><dd>1 line after the table/);
});

test('a dry run of the whole file shows its sums and writes nothing; the file can still be taken in', async () => {
  const { trial, admin, left } = await uploader();
  const page = await send(admin, `${manyLeads(1500)}no address,x,y,z,VP Sales,85\n`);
  const begun = await admin.post(`${page}/take-in`, { what: 'dry-run' });
  const end = await admin.jobEnd(begun.location);
  expect(end.status, end.text).toBe(200);
  expect(end.text).toContain('Nothing was stored or sent');
  expect(end.text).toContain('1,501');
  expect(trial.query(`SELECT 1 FROM leads UNION ${INGESTS}`)).toEqual([]);
  expect(trial.pushes()).toEqual([]);
  expect(left()).toHaveLength(1);
  await takeIn(admin, page, { what: 'review' });
  expect(trial.states()).toMatchObject({ 'HELD review': 1500 });
});

test('known leads keep their fields when that was asked for', async () => {
  const { trial, admin } = await uploader();
  const row = (company: string) => `email,company,persona,lead_score\njane@example.com,${company},VP Sales,85\n`;
  await takeIn(admin, await send(admin, row('Old')), { what: 'push' });
  await takeIn(admin, await send(admin, row('New')), { what: 'push', onExisting: 'skip' });
  expect(trial.query('SELECT company FROM leads')).toEqual([{ company: 'Old' }]);
  await takeIn(admin, await send(admin, row('New')), { what: 'push', onExisting: 'update' });
  expect(trial.query('SELECT company FROM leads')).toEqual([{ company: 'New' }]);
  expect(trial.memberships()).toEqual(['123456 jane@example.com']);
});

test('what cannot be used is refused with a reason, and nothing stays in the folder for temporary files', async () => {
  const { trial, admin, left } = await uploader();
  const { cookie, serving, token } = admin;
  const form = fileForm(LEADS, 'leads.csv');
  const post = (query: string, init: RequestInit) =>
    fetch(`${serving.url}${UPLOAD}${query}`, { method: 'POST', redirect: 'manual', ...init });

  // Without its token a file is sent to no upload's address, and nothing of it is read.
  expect((await post('', { body: form, headers: { cookie } })).status).toBe(415);
  expect((await post('?token=wrong', { body: form, headers: { cookie } })).status).toBe(403);
  const stranger = await post(`?token=${token}`, { body: form });
  expect([stranger.status, stranger.headers.get('location')]).toEqual([303, '/admin/login']);
  const foreign = await post(`?token=${token}`, { body: form, headers: { cookie, origin: 'https://evil.example' } });
  expect(foreign.status).toBe(403);

  const none = await admin.upload(UPLOAD, fileForm('', ''));
  expect([none.status, none.text]).toEqual([400, expect.stringContaining('No file was chosen')]);
  const empty = await admin.upload(UPLOAD, fileForm('', 'empty.csv'));
  expect([empty.status, empty.text]).toEqual([400, expect.stringContaining('empty.csv is empty')]);
  const two = fileForm(LEADS, 'a.csv');
  two.append('file', new Blob([LEADS]), 'b.csv');
  expect((await admin.upload(UPLOAD, two)).text).toContain('one file at a time');
  const broken = await post(`?token=${token}`, {
    body: '--x\r\ncontent-disposition: form-data; name="file"; filename="a.csv"\r\n\r\nemail,persona\n',
    headers: { cookie, 'content-type': 'multipart/form-data; boundary=x' },
  });
  expect([broken.status, await broken.text()]).toEqual([400, expect.stringContaining('it broke off')]);
  const unbound = await post(`?token=${token}`, {
    body: 'x',
    headers: { cookie, 'content-type': 'multipart/form-data' },
  });
  expect(unbound.status).toBe(400);
  expect(left()).toEqual([]);

  const page = await send(admin, Buffer.from([0, 1, 2, 3, 255, 254, 0, 0, 10, 0]), 'noise.bin');
  expect(await admin.get(page)).toMatchObject({ status: 200, text: expect.stringContaining('role="alert"') });
  expect((await admin.post(`${page}/take-in`, { what: 'push' })).status).toBe(400);
  expect((await admin.post(`${page}/take-in`, { what: 'all' })).status).toBe(400);
  expect((await admin.post(`${page}/discard`)).status).toBe(303);
  expect(left()).toEqual([]);
  expect(trial.query(INGESTS)).toEqual([]);
  expect(existsSync(join(trial.dir, 'trial.db.rejects'))).toBe(false);
});

test('a file whose sender goes away, and one that waits when the server stops, are deleted', async () => {
  const { admin, left } = await uploader();
  const going = new AbortController();
  let begun = false;
  const body = new ReadableStream({
    async pull(controller) {
      const head = '--x\r\ncontent-disposition: form-data; name="file"; filename="a.csv"\r\n\r\nemail\n';
      controller.enqueue(new TextEncoder().encode(begun ? 'a@example.com\n'.repeat(1000) : head));
      begun = true;
      await new Promise((resolve) => setTimeout(resolve, 5));
    },
  });
  const sending = fetch(`${admin.serving.url}${UPLOAD}?token=${admin.token}`, {
    method: 'POST',
    body,
    duplex: 'half',
    headers: { cookie: admin.cookie, 'content-type': 'multipart/form-data; boundary=x' },
    signal: going.signal,
  });
  await expect.poll(left).toHaveLength(1);
  going.abort();
  await expect(sending).rejects.toThrow();
  await expect.poll(left).toEqual([]);

  await send(admin, LEADS);
  expect(left()).toHaveLength(1);
  expect(await admin.serving.stop()).toEqual({ code: 0, signal: null });
  expect(left()).toEqual([]);
});

test('hostile file names are shown harmlessly, lead nowhere, and are kept short', async () => {
  const { trial, admin } = await uploader();
  for (const name of [
    '../../x.csv',
    '..\\..\\x.csv',
    '<img src=x onerror=alert(1)>.csv',
    '-',
    `${'n'.repeat(3000)}.csv`,
    '\u202egnp.csv',
  ]) {
    const page = await send(admin, LEADS, name);
    const { status, text } = await admin.get(page);
    expect(status, name).toBe(200);
    expect(text, name).not.toMatch(/<img|\u202e|n{200}|\.\.[\\/]/);
    await takeIn(admin, page, { what: 'review' });
  }
  const inputs = trial
    .query<{ inputs: string }>("SELECT inputs FROM runs WHERE command = 'ingest' ORDER BY seq")
    .map((row) => row.inputs);
  expect(inputs.slice(0, 4)).toEqual(['["x.csv"]', '["x.csv"]', '["<img src=x onerror=alert(1)>.csv"]', '["upload"]']);
  const { text } = await admin.get('/admin/o/default/runs');
  expect(text).toContain('&lt;img src=x');
  expect(text).not.toMatch(/<img|\u202e|n{200}/);
  expect(readFileSync(join(trial.dir, 'rules.yaml'), 'utf8')).toContain('rules:');
});
