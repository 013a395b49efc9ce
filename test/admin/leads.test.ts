import { expect, test } from 'vitest';
import { type Admin, startAdmin } from '../helpers/admin.js';
import { leadCsv, manyLeads, rulesFor, startTrial, type Trial } from '../helpers/trial.js';

const LEADS = '/admin/o/default/leads';

/** The addresses that a page lists, in its order. */
const addressesOn = (html: string) =>
  [...html.matchAll(/id="lead-[^"]+"[^>]*><bdi>([^<]*)<\/bdi>/g)].map(([, email]) => email ?? '');
/** The links of a page with this text. */
const linkTo = (html: string, text: string) =>
  [...html.matchAll(/<a href="([^"]+)"[^>]*>([^<]*)<\/a>/g)]
    .find(([, , words]) => words === text)?.[1]
    ?.replaceAll('&amp;', '&');

async function listed(admin: Admin, query = ''): Promise<string[]> {
  const page = await admin.get(LEADS + query);
  expect(page.status, page.text).toBe(200);
  return addressesOn(page.text);
}

const idOf = (trial: Trial, email: string) =>
  trial.query<{ id: string }>('SELECT id FROM leads WHERE email = ?', email)[0]?.id ?? 'none';

/** One lead a state, from two runs and two sources; newest last. */
async function mixed(): Promise<{ trial: Trial; admin: Admin; second: string }> {
  const trial = await startTrial();
  trial.write(
    'one.csv',
    leadCsv([
      ['active@example.com', 'VP Sales', 85],
      ['pool@example.org', 'Chef', 10],
      ['x@mailinator.com', 'VP Sales', 90],
    ]),
  );
  trial.write(
    'two.csv',
    'email,first_name,last_name,company,persona,lead_score\nreview@example.com,Zoë,ÖSTLUND,50% Off_Ltd,vp sales,90\n',
  );
  await trial.run(['ingest', 'one.csv', '--source', 'apollo']);
  const { run_id } = await trial.summary(['ingest', 'two.csv', '--no-push', '--source', 'clay']);
  return { trial, admin: await startAdmin(trial), second: run_id };
}

test('leads are listed with their state in plain words, and each filter leaves those that fit', async () => {
  const { admin, second } = await mixed();
  const [review, blocked, pool, active] = [
    'review@example.com',
    'x@mailinator.com',
    'pool@example.org',
    'active@example.com',
  ];
  expect(await listed(admin)).toEqual([review, blocked, pool, active]);
  expect(await listed(admin, '?sort=oldest')).toEqual([active, pool, blocked, review]);
  expect(await listed(admin, '?sort=a-z')).toEqual([active, pool, review, blocked]);
  expect(await listed(admin, '?sort=z-a')).toEqual([blocked, review, pool, active]);
  expect(await listed(admin, '?status=HELD')).toEqual([review, pool]);
  expect(await listed(admin, '?status=HELD&sort=a-z')).toEqual([pool, review]);
  expect(await listed(admin, '?reason=no_route')).toEqual([pool]);
  expect(await listed(admin, '?campaign=123456')).toEqual([review, active]);
  expect(await listed(admin, '?campaign=123456&sort=z-a')).toEqual([review, active]);
  expect(await listed(admin, '?persona=VP+SALES')).toEqual([review, blocked, active]);
  expect(await listed(admin, '?source=clay')).toEqual([review]);
  expect(await listed(admin, `?run=${second}`)).toEqual([review]);
  expect(await listed(admin, '?since=1h')).toHaveLength(4);
  expect(await listed(admin, '?since=2099-01-01')).toEqual([]);
  const page = await admin.get(LEADS);
  expect(page.text).toContain('4 leads');
  expect(page.text).toContain('waiting for someone to look at it');
});

test('a search finds an address, the beginning of one, a domain, a name in any capitals, or a company', async () => {
  const { admin } = await mixed();
  expect(await listed(admin, '?search=Active%40example.com')).toEqual(['active@example.com']);
  expect(await listed(admin, '?search=rev&in=address')).toEqual(['review@example.com']);
  expect(await listed(admin, '?search=%40example.org')).toEqual(['pool@example.org']);
  expect(await listed(admin, '?search=%40EXAMPLE')).toEqual([
    'review@example.com',
    'pool@example.org',
    'active@example.com',
  ]);
  expect(await listed(admin, `?search=${encodeURIComponent('zoë östlund')}`)).toEqual(['review@example.com']);
  expect(await listed(admin, `?search=${encodeURIComponent('0% off_l')}`)).toEqual(['review@example.com']);
  expect(await listed(admin, '?search=company+1')).toEqual(['pool@example.org']);
  expect(await listed(admin, '?search=100%25')).toEqual([]);
  // what looks like a name may be the beginning of an address that a long list would not show
  const page = await admin.get(`${LEADS}?search=act`);
  expect(linkTo(page.text, 'Addresses that begin with ') ?? page.text).toContain('in=address');
});

test('what the address of the page asks for and cannot be is told, and no lead is looked for', async () => {
  const { admin } = await mixed();
  for (const query of ['?status=NEW', '?reason=bad', '?run=none', '?since=soon', '?status=ACTIVE&reason=queued']) {
    const page = await admin.get(LEADS + query);
    expect(page.status, query).toBe(400);
    expect(page.text).toContain('That did not work');
  }
});

test('going on from page to page shows every lead once, in each order', async () => {
  const trial = await startTrial();
  trial.write('leads.csv', manyLeads(120, 'Chef'));
  await trial.run(['ingest', 'leads.csv']);
  const admin = await startAdmin(trial);
  for (const [sort, order] of [
    ['newest', 'seq DESC'],
    ['oldest', 'seq'],
    ['a-z', 'email'],
    ['z-a', 'email DESC'],
  ] as const) {
    const all = trial.query<{ email: string }>(`SELECT email FROM leads ORDER BY ${order}`).map(({ email }) => email);
    for (const filter of ['', '&status=HELD', '&persona=chef', '&search=%40example', '&search=lead']) {
      const seen: string[] = [];
      for (let path: string | undefined = `${LEADS}?sort=${sort}${filter}`; path !== undefined; ) {
        const page = await admin.get(path);
        seen.push(...addressesOn(page.text));
        path = linkTo(page.text, 'Next page');
      }
      expect(seen, `${sort} ${filter}`).toEqual(all);
    }
  }
});

test('held leads that were picked are pushed, whatever they are held for, and no other', async () => {
  const trial = await startTrial({ rules: rulesFor([['VP Sales', '123456']]) });
  trial.write('leads.csv', manyLeads(4));
  await trial.run(['ingest', 'leads.csv', '--no-push']);
  const admin = await startAdmin(trial);
  const lead = [idOf(trial, 'lead1@example.com'), idOf(trial, 'lead3@example.com')];
  const answer = await admin.post(`${LEADS}/retry`, { what: 'selected', lead });
  expect(answer.status).toBe(303);
  await admin.jobEnd(answer.location);
  expect(trial.memberships()).toEqual(['123456 lead1@example.com', '123456 lead3@example.com']);
  expect(trial.states()).toEqual({ ACTIVE: 2, 'HELD review': 2 });
});

test('all that a filter of reason, campaign and run leaves can be retried, and nothing that it does not', async () => {
  const trial = await startTrial({
    rules: rulesFor([
      ['VP Sales', '123456'],
      ['Chef', '123457'],
    ]),
  });
  trial.write('leads.csv', manyLeads(60));
  trial.write('others.csv', manyLeads(2, 'Chef', 85, 'other'));
  await trial.run(['ingest', 'leads.csv', 'others.csv', '--no-push']);
  const admin = await startAdmin(trial);
  const page = await admin.get(`${LEADS}?status=HELD&reason=review`);
  expect(page.text).toContain('Retry all 62');
  const answer = await admin.post(`${LEADS}/retry?reason=review&campaign=123456`, { what: 'all' });
  await admin.jobEnd(answer.location);
  expect(trial.states()).toEqual({ ACTIVE: 60, 'HELD review': 2 });
  // neither a search nor a filter by persona is one that a retry can be given
  expect((await admin.post(`${LEADS}/retry?status=HELD&persona=Chef`, { what: 'all' })).status).toBe(400);
  expect((await admin.post(`${LEADS}/retry`, { what: 'all' })).status).toBe(400);
  expect(trial.states()).toEqual({ ACTIVE: 60, 'HELD review': 2 });
});

test('leads that are not held cannot be picked, and a retry of none says so', async () => {
  const { trial, admin } = await mixed();
  const page = await admin.get(LEADS);
  expect(page.text.match(/name="lead"/g)).toHaveLength(2);
  const lead = [idOf(trial, 'active@example.com'), idOf(trial, 'x@mailinator.com')];
  const before = trial.requests.length;
  expect((await admin.post(`${LEADS}/retry`, { what: 'selected', lead })).status).toBe(400);
  expect((await admin.post(`${LEADS}/retry`, { what: 'selected' })).status).toBe(400);
  expect(trial.requests).toHaveLength(before);
});

test('the export in each format is what drason leads prints, byte for byte', async () => {
  const trial = await startTrial();
  trial.write('leads.csv', manyLeads(1100, 'Chef'));
  trial.write(
    'bad.csv',
    'email,first_name,company,persona,lead_score,Extra\nf@example.com,=1+1,"a""b\u202e,c",VP Sales,-5,+49 1\n',
  );
  await trial.run(['ingest', 'leads.csv', 'bad.csv', '--no-push']);
  const admin = await startAdmin(trial);
  for (const [format, query, args] of [
    ['csv', '', []],
    ['json', '', []],
    ['ndjson', '', []],
    ['csv', '&reason=review', ['--reason', 'review']],
    ['csv', '&persona=chef&sort=a-z', ['--persona', 'chef']],
    ['json', '&source=none', ['--source', 'none']],
  ] as const) {
    const { stdout } = await trial.run(['leads', '--format', format, ...args]);
    const answer = await admin.get(`${LEADS}/export?format=${format}${query}`);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-disposition')).toBe(`attachment; filename="leads-default.${format}"`);
    expect(answer.text).toBe(stdout);
  }
});

const HOSTILE = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  '\u202eevil\u2066',
  '\u001b[31mred\u0007',
  'x'.repeat(10_000),
  '\ud83d\ude00'.repeat(5_000),
];

test('whatever a lead is called is shown as text: no tag, no override, no escape, and at a length that can be read', async () => {
  const trial = await startTrial();
  const rows = HOSTILE.map((name, n) => ({
    email: `h${n}@example.com`,
    first_name: name,
    company: name,
    persona: name,
    lead_score: 10,
    [name]: name,
  }));
  trial.write('leads.json', JSON.stringify(rows));
  const { code, stderr } = await trial.run(['ingest', 'leads.json', '--no-push']);
  expect(code, stderr).toBeLessThan(2);
  const admin = await startAdmin(trial);
  const pages = [LEADS, `${LEADS}?search=${encodeURIComponent('<script>')}`];
  for (let n = 0; n < HOSTILE.length; n++) {
    const id = idOf(trial, `h${n}@example.com`);
    pages.push(`${LEADS}/${id}`, `${LEADS}/${id}/forget`);
  }
  for (const path of pages) {
    const { status, text } = await admin.get(path);
    expect(status, path).toBe(200);
    expect(text, path).not.toMatch(/<script>|<img|[\u202a-\u202e\u2066-\u2069\u0000-\u0008\u000e-\u001f\ufffd]/);
  }
  const list = await admin.get(LEADS);
  expect(list.text).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
  expect(list.text).not.toContain('x'.repeat(200));
});
