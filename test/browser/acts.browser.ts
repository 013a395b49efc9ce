import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startTrial } from '../helpers/trial.js';
import { seriousFaults, visit } from './browser.js';

const RULES = `rules:
  - { persona: VP Sales, min_score: 80, target_campaign_id: "123456", priority: 100 }
  - { persona: Founder, target_campaign_id: "404404", priority: 10 }
`;
const HOSTILE = [
  '<script>document.title="owned"</script>',
  '"><img src=x onerror=alert(1)>',
  '\u202egnisrever\u202c',
  'مرحبا بالعالم',
  '\u001b[31mred\u001b[0m',
  'x'.repeat(10_000),
];

test('a file dropped on the page ends ACTIVE, with its mapping corrected on the way', async () => {
  const trial = await startTrial({ rules: RULES });
  const { page, faults, open } = await visit(trial);
  trial.write('people.csv', 'email,Rank,lead_score\njane@acme.com,VP Sales,95\njoe@acme.com,Poet,95\n');
  await open('upload');
  await page.locator('input[type=file]').setInputFiles(join(trial.dir, 'people.csv'));
  await page.getByRole('button', { name: 'Send the file' }).click();
  await page.getByRole('heading', { name: 'What was recognised' }).waitFor();
  await page.getByText('Correct how the file is read').click();
  await page.locator('select[name="field.persona"]').selectOption('Rank');
  await page.getByRole('button', { name: 'Read it so' }).click();
  await page.getByText('123456').first().waitFor();
  await page.getByRole('button', { name: /push/i }).click();
  await page.waitForURL(/\/runs\//, { timeout: 30_000 });
  expect(trial.states()).toEqual({ ACTIVE: 1, 'HELD no_route': 1 });
  expect(trial.memberships()).toEqual(['123456 jane@acme.com']);
  expect(faults).toEqual([]);
});

test('a failed push is retried, a stopped campaign lifted, a person forgotten, with the keyboard alone', async () => {
  const trial = await startTrial({ rules: RULES });
  const file = trial.write(
    'leads.csv',
    'email,persona,lead_score\njane@acme.com,VP Sales,95\nfay@acme.com,Founder,1\n',
  );
  await trial.run(['ingest', file], { env: { SMARTLEAD_BASE_URL: 'http://127.0.0.1:9/api/v1' } });
  expect(Object.keys(trial.states())).not.toContain('ACTIVE');
  const { page, faults, open } = await visit(trial);
  await expect.poll(() => trial.states().ACTIVE, { timeout: 30_000 }).toBe(1);
  await expect.poll(() => trial.states()['HELD campaign_not_found'], { timeout: 30_000 }).toBe(1);

  trial.sandbox.account.ensureCampaigns(['404404']);
  await open('stopped');
  await page.getByRole('button', { name: /Lift/ }).focus();
  await page.keyboard.press('Enter');
  await expect.poll(() => trial.states().ACTIVE, { timeout: 30_000 }).toBe(2);

  await open('leads');
  await page.getByRole('link', { name: 'jane@acme.com' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'A lead' }).waitFor();
  await page.getByRole('link', { name: /Forget/ }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Forget a person' }).waitFor();
  await page.locator('main button.danger').focus();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Leads', exact: true }).waitFor();
  expect(trial.query("SELECT 1 FROM leads WHERE email = 'jane@acme.com'")).toEqual([]);
  expect(faults).toEqual([]);
});

test('a held lead that is picked in the list and retried ends ACTIVE', async () => {
  const trial = await startTrial({ rules: RULES });
  const file = trial.write('leads.csv', 'email,persona,lead_score\njane@acme.com,VP Sales,95\n');
  await trial.run(['ingest', file, '--no-push']);
  const { page, open } = await visit(trial);
  await open('leads');
  await page.locator('input[name="lead"]').check();
  await page.locator('button[value="selected"]').click();
  await page.waitForURL(/\/runs\//, { timeout: 30_000 });
  expect(trial.states()).toEqual({ ACTIVE: 1 });
});

test('a setting that is changed on the page is in the next request', async () => {
  const trial = await startTrial({ rules: RULES });
  const { page, serving, open } = await visit(trial);
  await open('settings');
  await page
    .getByLabel(/Leads per request|batch/i)
    .first()
    .fill('1');
  await page.getByRole('button', { name: 'Save' }).click();
  await page
    .getByText(/saved|kept/i)
    .first()
    .waitFor();
  trial.write('two.csv', 'email,persona,lead_score\na@acme.com,VP Sales,95\nb@acme.com,VP Sales,95\n');
  await open('upload');
  await page.locator('input[type=file]').setInputFiles(join(trial.dir, 'two.csv'));
  await page.getByRole('button', { name: 'Send the file' }).click();
  await page.getByRole('button', { name: /push/i }).click();
  await page.waitForURL(/\/runs\//, { timeout: 30_000 });
  expect(trial.pushes()).toHaveLength(2);
  expect(serving.child.exitCode).toBeNull();
});

test('hostile leads are shown as text: no script, no dialog, nothing loaded from elsewhere, nothing wider than the screen', async () => {
  const trial = await startTrial({ rules: RULES });
  const rows = HOSTILE.map((text, n) => ({
    email: `h${n}@acme.com`,
    first_name: text,
    company: text,
    persona: text,
    source: text,
    notes: text,
  }));
  await trial.run(['ingest', trial.write('hostile.json', JSON.stringify(rows))]);
  const { page, faults, open } = await visit(trial, { context: { viewport: { width: 390, height: 800 } } });
  const elsewhere: string[] = [];
  page.on('dialog', (dialog) => {
    faults.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => {
    if (new URL(request.url()).hostname !== '127.0.0.1') elsewhere.push(request.url());
  });
  const ids = trial.query<{ id: string }>('SELECT id FROM leads').map(({ id }) => `leads/${id}`);
  for (const path of ['', 'leads', 'audit', 'runs', 'suppressions', ...ids]) {
    await open(path);
    expect(await page.title()).not.toContain('owned');
    expect([path, Number(await page.evaluate('document.documentElement.scrollWidth - innerWidth'))]).toEqual([path, 0]);
  }
  expect(await seriousFaults(page)).toEqual([]);
  expect([faults, elsewhere]).toEqual([[], []]);
});

test('an empty database and one without a key: every page answers, and says what to do', async () => {
  const trial = await startTrial({ rules: RULES });
  const { page, faults, open } = await visit(trial, {
    serve: { env: { SMARTLEAD_API_KEY: '', DRASON_DB: join(trial.dir, 'new.db') } },
    context: { javaScriptEnabled: false },
  });
  for (const path of ['', 'leads', 'upload', 'runs', 'audit', 'rules', 'stopped', 'suppressions', 'settings']) {
    await open(path);
    expect(await page.locator('main h1').count()).toBe(1);
  }
  await open('');
  await page.getByText('no Smartlead key').waitFor();
  expect(faults).toEqual([]);
});
