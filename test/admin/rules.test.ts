import { expect, test } from 'vitest';
import { startAdmin } from '../helpers/admin.js';
import { leadCsv, manyLeads, startTrial, type Trial } from '../helpers/trial.js';

const PAGE = '/admin/o/default/rules';
const RULES = `rules:
  - { persona: VP Sales, min_score: 80, target_campaign_id: "123456", priority: 100 }
  - { persona: [CTO, cto], target_campaign_id: "123457", priority: 90 }
  - { persona: Marketing Manager, min_score: 70, target_campaign_id: "123458", priority: 80 }
`;
const EDITED = `# a line more, another order, another spelling, another campaign
rules:
  - { persona: Marketing Manager, min_score: 70, target_campaign_id: "123456", priority: 80 }
  - { persona: " vp SALES", min_score: 80, target_campaign_id: "123456", priority: 5 }
  - { persona: cto, target_campaign_id: "123457", priority: 4 }
`;

/** How many leads the audit log says that rules have taken: assignments that gave a lead another campaign than it had. */
const fromAudit = (trial: Trial) =>
  trial.query<{ campaign: string; personas: string; leads: number }>(
    `WITH decided AS (
       SELECT id, action, details ->> '$.campaign' AS campaign, details ->> '$.rules' AS hash, details ->> '$.rule' AS n,
         lag(details ->> '$.campaign') OVER (PARTITION BY entity_id ORDER BY id) AS before
       FROM audit_logs WHERE action IN ('assigned', 'unassigned', 'blocked'))
     SELECT campaign, lower(trim(body ->> ('$[' || n || '].personas[0]'))) AS personas, count(*) AS leads
     FROM decided JOIN rule_sets USING (hash) WHERE action = 'assigned' AND campaign IS NOT before
     GROUP BY 1, 2 ORDER BY 1, 2`,
  );
const fromTable = (trial: Trial) =>
  trial.query<{ campaign: string; personas: string; leads: number }>(
    "SELECT rule ->> '$[2]' AS campaign, rule ->> '$[0][0]' AS personas, leads FROM rule_counts ORDER BY 1, 2",
  );

test('how many leads each rule has taken is what the audit log says, whatever is ingested, retried and edited', async () => {
  const trial = await startTrial({ rules: RULES, campaigns: ['123456', '123458'] });
  trial.write('many.csv', manyLeads(120));
  trial.write(
    'mixed.csv',
    leadCsv([
      ['cto@example.com', 'CTO', 1],
      ['mm@example.com', 'Marketing Manager', 75],
      ['pool@example.com', 'Marketing Manager', 1],
      ['red@mailinator.com', 'CTO', 99],
      ['mm@example.com', 'Marketing Manager', 75],
    ]),
  );
  await trial.summary(['ingest', 'many.csv', '--limit', '100']);
  await trial.summary(['ingest', 'mixed.csv', '--no-push']);
  // decided anew for the campaign it has: by the retry, and when the campaign turns out not to be there
  await trial.summary(['retry', '--held', '--reason', 'review']);
  await trial.summary(['retry', '--held']);
  expect(fromTable(trial)).toEqual([
    { campaign: '123456', personas: 'vp sales', leads: 100 },
    { campaign: '123457', personas: 'cto', leads: 1 },
    { campaign: '123458', personas: 'marketing manager', leads: 1 },
  ]);
  trial.write('rules.yaml', EDITED);
  trial.write('news.csv', leadCsv([['pool@example.com', 'Marketing Manager', 90]]));
  await trial.summary(['ingest', 'many.csv', 'mixed.csv', '--again']);
  await trial.summary(['ingest', 'news.csv']);
  expect(fromTable(trial)).toEqual(fromAudit(trial));
  expect(fromTable(trial).map(({ leads }) => leads)).toEqual([2, 120, 1, 1]);

  const admin = await startAdmin(trial);
  const { text } = await admin.get(PAGE);
  const table = /<table>.*?<\/table>/s.exec(text)?.[0] ?? '';
  const rows = [...table.matchAll(/<tr>(<td.*?)<\/tr>/gs)].map(([, row = '']) => row.replace(/<[^>]+>/g, '|'));
  expect(rows.map((row) => row.split('|').filter((cell) => cell.trim() !== ''))).toEqual([
    ['1', 'Marketing Manager', '123456', '70', '80', '2', '3'],
    ['2', 'vp SALES', '123456', '80', '5', '120', '4'],
    ['3', 'cto', '123457', '0', '4', '1', '5'],
  ]);
});

test('a lead is tried out with every step, findings and tests are told, and that the file has changed since', async () => {
  const trial = await startTrial({
    rules: `${RULES}  - { persona: CTO, min_score: 5, target_campaign_id: "9" }
tests:
  - { lead: { persona: CTO }, expect: "123457" }
  - { name: the other one, lead: { persona: CFO }, expect: "123456" }
`,
  });
  await trial.run(['suppress', 'add', 'competitor.com', '--reason', 'asked <b>twice</b>']);
  const admin = await startAdmin(trial);
  const page = await admin.get(PAGE);
  expect(page.text).toContain(`${trial.dir}/rules.yaml`);
  expect(page.text).not.toContain('has been changed since');
  expect(page.text).toMatch(/unreachable<\/span>.*can never match/);
  expect(page.text).toContain('1 of 2 tests failed');
  expect(page.text).toMatch(/failed<\/span> line 8:.*the other one/);

  const tried = async (query: string) => (await admin.get(`${PAGE}?${query}`)).text;
  const vp = await tried('persona=vp+sales&score=79&email=&verifier=');
  expect(vp).toContain('It would stay in the holding pool.');
  expect(vp).toContain('needs a score of 80, the lead has 79');
  expect(vp).toContain('not looked at: no e-mail');
  expect(await tried('persona=cto&email=info@example.com')).toContain('It would go to campaign 123457.');
  expect(await tried('persona=cto&email=jo@example.com&verifier=invalid')).toContain('It would be blocked');
  expect(await tried('persona=cto&email=Jo@mail.competitor.com')).toContain(
    'Suppressed: asked &lt;b&gt;twice&lt;/b&gt;',
  );
  expect((await admin.get(`${PAGE}?score=85%25`)).status).toBe(400);

  trial.write('rules.yaml', `# only a comment more\n${RULES}`);
  expect((await admin.get(PAGE)).text).toContain('The file has been changed since.');
  trial.write('rules.yaml', 'rules: [');
  expect((await admin.get(PAGE)).text).toContain('The file cannot be used as it is now');
});
