import { existsSync } from 'node:fs';
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { parse } from 'csv-parse/sync';
import { expect, test } from 'vitest';
import { leadCsv, manyLeads, startTrial, type Trial } from '../helpers/trial.js';

/** Changes the trial's database as no command does. */
function change(trial: Trial, sql: string): void {
  const db = new BetterSqlite3(join(trial.dir, 'trial.db'));
  try {
    db.exec(sql);
  } finally {
    db.close();
  }
}

async function rowsOf(trial: Trial, args: readonly string[]): Promise<Array<Record<string, unknown>>> {
  const { code, stdout, stderr } = await trial.run(['leads', ...args, '--json']);
  expect(code, stderr).toBe(0);
  const body: { schema: number; rows: Array<Record<string, unknown>> } = JSON.parse(stdout);
  expect(body.schema).toBe(1);
  return body.rows;
}
const emailsOf = async (trial: Trial, ...args: string[]) => (await rowsOf(trial, args)).map(({ email }) => email);

/** One lead a state, from two runs and two sources; newest last. */
async function mixed(): Promise<Trial & { first: string; second: string }> {
  const trial = await startTrial();
  trial.write(
    'one.csv',
    leadCsv([
      ['active@example.com', 'VP Sales', 85],
      ['pool@example.com', 'Straße ﬁn', 10],
      ['x@mailinator.com', 'VP Sales', 90],
      ['ann+invalid@example.com', 'Founder', 99],
    ]),
  );
  trial.write('two.csv', leadCsv([['review@example.com', 'vp sales', 90]]));
  const first = await trial.summary(['ingest', 'one.csv', '--source', 'apollo']);
  const second = await trial.summary(['ingest', 'two.csv', '--no-push', '--source', 'clay']);
  return { ...trial, first: first.run_id, second: second.run_id };
}

test('leads are listed newest first, and each filter leaves those that fit', async () => {
  const trial = await mixed();
  const all = [
    'review@example.com',
    'ann+invalid@example.com',
    'x@mailinator.com',
    'pool@example.com',
    'active@example.com',
  ];
  expect(await emailsOf(trial)).toEqual(all);
  expect(await emailsOf(trial, '--status', 'active')).toEqual(['active@example.com']);
  expect(await emailsOf(trial, '--status', 'BLOCKED')).toEqual(['x@mailinator.com']);
  expect(await emailsOf(trial, '--status', 'HELD')).toEqual([
    'review@example.com',
    'ann+invalid@example.com',
    'pool@example.com',
  ]);
  expect(await emailsOf(trial, '--reason', 'review')).toEqual(['review@example.com']);
  expect(await emailsOf(trial, '--source', 'clay')).toEqual(['review@example.com']);
  expect(await emailsOf(trial, '--campaign', '123456')).toContain('active@example.com');
  expect(await emailsOf(trial, '--campaign', '999')).toEqual([]);
  expect(await emailsOf(trial, '--run', trial.first)).toEqual(all.slice(1));
  expect(await emailsOf(trial, '--run', trial.first, '--status', 'BLOCKED')).toEqual(['x@mailinator.com']);
  expect(await emailsOf(trial, '--email', ' Active@Example.COM ')).toEqual(['active@example.com']);
  expect(await emailsOf(trial, '--email', 'active@example.com', '--status', 'HELD')).toEqual([]);
  expect(await emailsOf(trial, '--status', 'HELD', '--source', 'apollo', '--persona', 'founder')).toEqual([
    'ann+invalid@example.com',
  ]);
  expect(await emailsOf(trial, '--limit', '2')).toEqual(all.slice(0, 2));
});

test('a persona is compared as the rules compare it, beyond plain letters', async () => {
  const trial = await mixed();
  expect(await emailsOf(trial, '--persona', ' vP sALES ')).toEqual([
    'review@example.com',
    'x@mailinator.com',
    'active@example.com',
  ]);
  expect(await emailsOf(trial, '--persona', 'STRASSE FIN')).toEqual(['pool@example.com']);
  expect(await emailsOf(trial, '--persona', 'VP')).toEqual([]);
  change(trial, "UPDATE leads SET persona = NULL WHERE email = 'pool@example.com'");
  expect(await emailsOf(trial, '--persona', '')).toEqual(['pool@example.com']);
});

test('--since takes a time span or a time, on the last change', async () => {
  const trial = await mixed();
  change(trial, "UPDATE leads SET updated_at = '2020-01-31T09:00:00.000Z' WHERE email = 'pool@example.com'");
  expect(await emailsOf(trial, '--since', '2h')).toHaveLength(4);
  expect(await emailsOf(trial, '--since', '4000d')).toHaveLength(5);
  expect(await emailsOf(trial, '--since', '2020-01-31T10:00+01:00')).toHaveLength(5);
  expect(await emailsOf(trial, '--since', '2020-01-31T09:00:01')).toHaveLength(4);
  expect(await emailsOf(trial, '--since', '2020-01-31')).toHaveLength(5);
});

test('pages follow each other without a gap or a repetition, by the command that is printed', async () => {
  const trial = await startTrial();
  trial.write('leads.csv', manyLeads(120, 'Nobody'));
  await trial.summary(['ingest', 'leads.csv']);
  const seen: string[] = [];
  let args = ['leads', '--persona', 'nobody', '--status', 'HELD'];
  for (let page = 0; page < 3; page++) {
    const { stdout, stderr } = await trial.run(args);
    seen.push(...stdout.split('\n').flatMap((line) => /^lead\d+@\S+/.exec(line)?.[0] ?? []));
    const next = /next page: drason (.*)$/m.exec(stderr)?.[1];
    expect(next === undefined).toBe(page === 2);
    args = next?.split(' ') ?? [];
  }
  expect(seen).toEqual(Array.from({ length: 120 }, (_, n) => `lead${119 - n}@example.com`));
});

test('the data formats hold every lead with everything, a table what fits on a screen', async () => {
  const trial = await startTrial();
  trial.write(
    'leads.csv',
    `${leadCsv([['a@example.com', 'VP Sales', 85]])
      .trim()
      .replace('lead_score', 'lead_score,Industry')
      .replace(/85$/, '85,Steel')}\n`,
  );
  await trial.summary(['ingest', 'leads.csv']);
  change(
    trial,
    `INSERT INTO campaigns VALUES ('default', '123456', 'Spring outreach', 'ACTIVE', '2026-01-01T00:00:00.000Z');
     INSERT INTO campaigns VALUES ('other', '123456', 'Not theirs', 'ACTIVE', '2026-01-01T00:00:00.000Z')`,
  );
  const [lead] = await rowsOf(trial, []);
  expect(lead).toMatchObject({
    id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    organization_id: 'default',
    email: 'a@example.com',
    first_name: 'First0',
    lead_score: 85,
    status: 'ACTIVE',
    hold_reason: null,
    health_score: 100,
    assigned_campaign_id: '123456',
    campaign_name: 'Spring outreach',
    custom_fields: { Industry: 'Steel' },
    updated_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
  });
  const table = await trial.run(['leads']);
  expect(table.stdout).toMatch(/^E-mail +Persona +Score +Status .*Campaign +Updated \(UTC\)$/m);
  expect(table.stdout).toMatch(/a@example\.com .* 123456 Spring outreach +\d{4}-\d\d-\d\d \d\d:\d\d$/m);

  const chosen = await trial.run(['leads', '--columns', 'status, email,custom_fields', '--format', 'csv']);
  expect(parse(chosen.stdout)).toEqual([
    ['status', 'email', 'custom_fields'],
    ['ACTIVE', 'a@example.com', '{"Industry":"Steel"}'],
  ]);
  const lines = await trial.run(['leads', '--format', 'ndjson', '--columns', 'email']);
  expect(lines.stdout).toBe('{"email":"a@example.com"}\n');
});

test('a spreadsheet runs no cell of a CSV file, and JSON has each as it is', async () => {
  const trial = await startTrial();
  const formulas = ['=1+1', '+1+1', '-1+1', '@SUM(A1)', '\t=1', '\r=1', '\n=1', '＝1+1'];
  trial.write('leads.csv', leadCsv(formulas.map((_, n) => [`a${n}@example.com`, 'Nobody', -5] as const)));
  await trial.summary(['ingest', 'leads.csv']);
  for (const [n, formula] of formulas.entries()) {
    const hex = Buffer.from(formula).toString('hex');
    change(trial, `UPDATE leads SET company = CAST(x'${hex}' AS TEXT) WHERE email = 'a${n}@example.com'`);
  }
  const newestFirst = formulas.toReversed();
  const { stdout } = await trial.run(['leads', '--format', 'csv', '--columns', 'company,lead_score']);
  expect(parse(stdout).slice(1)).toEqual(newestFirst.map((formula) => [`'${formula}`, '-5']));
  expect(await rowsOf(trial, ['--columns', 'company'])).toEqual(newestFirst.map((company) => ({ company })));
});

test('text that would steer a terminal is shown in a table, and no format sends it there', async () => {
  const trial = await startTrial();
  const evil = '\u001b]0;pwned\u0007 \u009b2J \u202e';
  trial.write('leads.json', JSON.stringify([{ email: 'a@example.com', persona: `x${evil}y` }]));
  await trial.summary(['ingest', 'leads.json']);
  change(trial, `UPDATE leads SET persona = 'x${evil}y'`);
  for (const format of ['table', 'json', 'ndjson']) {
    const { stdout } = await trial.run(['leads', '--format', format]);
    expect(stdout, format).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  }
  expect(await rowsOf(trial, ['--columns', 'persona'])).toEqual([{ persona: `x${evil}y` }]);
});

test('what leads cannot make sense of ends with exit 2 and says why', async () => {
  const trial = await startTrial();
  trial.write('leads.csv', manyLeads(1));
  await trial.summary(['ingest', 'leads.csv', '--no-push']);
  const wrong: Array<[args: string[], says: RegExp]> = [
    [['--columns', 'email,statuss'], /"statuss"; did you mean "status"\?/],
    [['--status', 'HALTED'], /--status.*HELD, ACTIVE, BLOCKED/],
    [['--reason', 'bored'], /--reason/],
    [['--reason', 'queued', '--status', 'ACTIVE'], /not held/],
    [['--since', 'yesterday'], /--since/],
    [['--run', 'nope'], /no run nope/],
    [['--after', 'nope'], /--after.*nope/],
    [['--limit', '0'], /--limit/],
  ];
  for (const [args, says] of wrong) {
    const { code, stdout, stderr } = await trial.run(['leads', ...args]);
    expect({ code, stdout }, args.join(' ')).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(says);
  }
});

test('without a database a list ends with exit 2 and makes none', async () => {
  const trial = await startTrial();
  for (const args of [['leads'], ['audit'], ['audit', '--follow'], ['runs'], ['runs', 'discard', 'x', '--yes']]) {
    const { code, stderr } = await trial.run(args);
    expect(code, args.join(' ')).toBe(2);
    expect(stderr).toContain(`there is no database at ${join(trial.dir, 'trial.db')}`);
    expect(existsSync(join(trial.dir, 'trial.db'))).toBe(false);
  }
});

test.each(['leads', 'audit', 'runs'])('%s of an empty database is an empty list in every format', async (command) => {
  const trial = await startTrial();
  trial.write('leads.csv', leadCsv([['a@example.com', 'CTO', 'many']]));
  await trial.run(['ingest', 'leads.csv', '--no-push']);
  change(trial, 'DELETE FROM runs');
  const run = async (format: string) => {
    const { code, stdout } = await trial.run([command, '--format', format]);
    expect(code).toBe(0);
    return stdout;
  };
  expect(await run('json')).toBe('{"schema":1,"rows":[]}\n');
  expect(await run('ndjson')).toBe('');
  expect((await run('csv')).trim().split('\n')).toHaveLength(1);
  expect((await run('table')).trim().split('\n')).toHaveLength(1);
});

test('the leads of another organization are not shown', async () => {
  const rules = 'organizations:\n  acme: { rules: [] }\n  globex: { rules: [] }\n';
  const trial = await startTrial({ rules });
  trial.write('leads.csv', manyLeads(1));
  const { run_id } = await trial.summary(['ingest', 'leads.csv', '--org', 'acme']);
  expect(await emailsOf(trial, '--org', 'acme')).toHaveLength(1);
  expect(await emailsOf(trial, '--org', 'globex')).toEqual([]);
  expect(await emailsOf(trial, '--org', 'globex', '--status', 'HELD')).toEqual([]);
  expect((await trial.run(['leads', '--org', 'globex', '--run', run_id])).code).toBe(2);
  expect((await trial.run(['runs', '--org', 'globex', '--format', 'ndjson'])).stdout).toBe('');
  expect((await trial.run(['audit', '--org', 'globex', '--format', 'ndjson'])).stdout).toBe('');
});
