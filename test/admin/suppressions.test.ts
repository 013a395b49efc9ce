import { expect, test } from 'vitest';
import { type Admin, type PageAnswer, startAdmin } from '../helpers/admin.js';
import { startTrial } from '../helpers/trial.js';

const PAGE = '/admin/o/default/suppressions';
const RULES = `health: { block: [rival.example] }
rules:
  - { persona: VP Sales, target_campaign_id: "123456" }
`;
const LEADS = `email,persona
jane@acme.com,VP Sales
al@eu.acme.com,VP Sales
jo@globex.com,VP Sales
`;

/** The page that a form leads back to. */
const said = async (admin: Admin, { location }: PageAnswer) => (await admin.get(location)).text;
/** The addresses and domains of the list, in its order. */
const listed = (text: string) =>
  [...text.matchAll(/<td><bdi>([^<]*)<\/bdi><\/td><td><bdi>[^<]*<\/bdi><\/td><td>/g)].map(([, value]) => value);

test('addresses and domains are suppressed at the page, looked up, and taken off again', async () => {
  const trial = await startTrial({ rules: RULES });
  trial.write('leads.csv', LEADS);
  await trial.summary(['ingest', 'leads.csv', '--no-push']);
  const admin = await startAdmin(trial);
  expect((await admin.get(PAGE)).text).toContain('There is none.');

  const values = ' ACME.com \r\n\r\njo@globex.com\r\njo@globex.com\r\n';
  const added = await admin.post(PAGE, { values, reason: 'asked <i>us</i>' });
  expect(await said(admin, added)).toContain('3 held leads blocked');
  expect(trial.states()).toEqual({ BLOCKED: 3 });
  expect(trial.query('SELECT value, reason, source FROM suppressions ORDER BY 1')).toEqual([
    { value: 'acme.com', reason: 'asked <i>us</i>', source: 'admin page' },
    { value: 'jo@globex.com', reason: 'asked <i>us</i>', source: 'admin page' },
  ]);
  const page = await admin.get(PAGE);
  expect(listed(page.text)).toEqual(['acme.com', 'jo@globex.com']);
  expect(page.text).not.toContain('<i>');

  const look = async (find: string) => {
    const { text } = await admin.get(`${PAGE}?find=${encodeURIComponent(find)}`);
    return { answer: /<strong><bdi>([^<]*)/.exec(text)?.[1], values: listed(text) };
  };
  expect(await look('Al@eu.ACME.com')).toEqual({
    answer: 'Al@eu.ACME.com is suppressed by acme.com: asked &lt;i&gt;us&lt;/i&gt; (admin page).',
    values: [],
  });
  expect(await look('jo@globex.com')).toMatchObject({ values: ['jo@globex.com'] });
  expect(await look('globex.com')).toEqual({ answer: 'globex.com is not suppressed.', values: [] });
  expect((await look('me@rival.example')).answer).toContain('health.block of the rules file (rival.example)');
  expect(await look('JO')).toEqual({ answer: undefined, values: ['jo@globex.com'] });

  const removed = await admin.post(`${PAGE}/remove`, { value: 'acme.com' });
  expect(await said(admin, removed)).toContain('taken off the list');
  expect(listed((await admin.get(PAGE)).text)).toEqual(['jo@globex.com']);
  const again = await admin.post(`${PAGE}/remove`, { value: 'acme.com' });
  expect(await said(admin, again)).toContain('not on the list any more');
  expect((await trial.summary(['ingest', 'leads.csv'])).outcomes).toMatchObject({ active: 2, blocked: 1 });
});

test('one line that is neither address nor domain adds nothing, and what was typed is still there', async () => {
  const trial = await startTrial({ rules: RULES });
  const admin = await startAdmin(trial);
  const refused = await admin.post(PAGE, { values: 'acme.com\nnot an address\n', reason: 'a list' });
  expect(refused.status).toBe(400);
  expect(refused.text).toContain(
    'Nothing was added: &quot;not an address&quot; is neither an e-mail address nor a domain',
  );
  expect(refused.text).toMatch(/<textarea[^>]*>acme\.com\nnot an address/);
  expect(refused.text).toContain('value="a list"');
  expect((await admin.post(PAGE, { values: ' \n' })).text).toContain('There is no address and no domain');
  expect(trial.query('SELECT count(*) AS n FROM suppressions')).toEqual([{ n: 0 }]);
});

test('a long list comes in pages, each entry once', async () => {
  const trial = await startTrial({ rules: RULES });
  const admin = await startAdmin(trial);
  const values = Array.from({ length: 250 }, (_, n) => `p${String(n).padStart(3, '0')}@example.com`);
  const added = await admin.post(PAGE, { values: [...values, 'zoe@example.com'].join('\n') });
  expect(await said(admin, added)).toContain('251 entries added');
  const seen: Array<string | undefined> = [];
  for (let next: string | undefined = `${PAGE}?find=p`; next !== undefined; ) {
    const { text }: { text: string } = await admin.get(next);
    seen.push(...listed(text));
    next = /href="([^"]+)" rel="next"/.exec(text)?.[1]?.replaceAll('&amp;', '&');
  }
  expect(seen).toEqual(values);
});
