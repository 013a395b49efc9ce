import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from '../helpers/run-cli.js';
import { startTrial, type Trial } from '../helpers/trial.js';
import { seriousFaults, visit } from './browser.js';

const RULES = `rules:
  - { persona: VP Sales, min_score: 80, target_campaign_id: "123456", priority: 100 }
  - { persona: Marketing Manager, min_score: 70, target_campaign_id: "123458", priority: 80 }
  - { persona: Founder, target_campaign_id: "404404", priority: 10 }
tests:
  - { lead: { persona: VP Sales, lead_score: 90 }, expect: "123456" }
  - { lead: { persona: Poet }, expect: held }
`;
const PAGES = ['', 'leads', 'upload', 'runs', 'audit', 'rules', 'stopped', 'suppressions', 'settings'];
/** DRASON_SCREENSHOTS=1 writes them to docs/admin/. */
const KEPT = process.env.DRASON_SCREENSHOTS === '1' ? join(ROOT, 'docs/admin') : undefined;

/** Leads in every state. */
async function mixedLeads(trial: Trial): Promise<void> {
  const rows = Array.from({ length: 60 }, (_, n) => {
    const persona = ['VP Sales', 'Marketing Manager', 'Poet', 'Founder'][n % 4];
    return `lead${n}@example${n % 7}.com,Lead ${n},${persona},${40 + n},Company ${n % 9}`;
  });
  const file = trial.write(
    'leads.csv',
    [
      'email,first_name,persona,lead_score,company',
      ...rows,
      'x@mailinator.com,X,Poet,1,Y',
      'no address,X,Poet,1,Y',
    ].join('\n'),
  );
  await trial.run(['ingest', file]);
  await trial.run([
    'ingest',
    trial.write('more.csv', 'email,persona,lead_score\nlater@example.com,VP Sales,90\n'),
    '--no-push',
  ]);
}

test.each([
  ['light', 390],
  ['dark', 390],
  ['light', 1440],
  ['dark', 1440],
] as const)('every page in %s at %i pixels: no serious fault, nothing wider than the screen', async (scheme, width) => {
  const trial = await startTrial({ rules: RULES });
  await mixedLeads(trial);
  const context = { colorScheme: scheme, viewport: { width, height: 900 } };
  const { page, faults, open } = await visit(trial, { context });
  const lead = trial.query<{ id: string }>("SELECT id FROM leads WHERE status = 'ACTIVE' LIMIT 1")[0]?.id ?? '';
  const run = trial.query<{ id: string }>('SELECT id FROM runs LIMIT 1')[0]?.id ?? '';
  const found: string[] = [];
  for (const path of [...PAGES, `leads/${lead}`, `leads/${lead}/forget`, `runs/${run}`]) {
    await open(path);
    const name = path === '' ? 'overview' : path.replace(lead, 'lead').replace(run, 'run').replaceAll('/', '-');
    found.push(...(await seriousFaults(page)).map((fault) => `${name}: ${fault}`));
    const wide = Number(await page.evaluate('document.documentElement.scrollWidth - innerWidth'));
    if (wide > 0) found.push(`${name}: ${wide} pixels wider than the screen`);
    if (KEPT) {
      mkdirSync(KEPT, { recursive: true });
      await page.screenshot({ path: join(KEPT, `${name}-${width}-${scheme}.png`), fullPage: false });
    }
  }
  expect(found).toEqual([]);
  expect(faults).toEqual([]);
});
