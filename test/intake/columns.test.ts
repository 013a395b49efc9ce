import { describe, expect, it } from 'vitest';
import { readText } from './read-all.js';

describe('columns', () => {
  it('matches without regard to case, spaces, _ and -, of other scripts too', async () => {
    const { leads } = await readText('E-MAIL,first-name,LAST_NAME,Lead score,ИМЯ\na@example.com,A,B,5,x\n', {
      map: { company: 'имя' },
    });
    expect(leads[0]).toMatchObject({
      email: 'a@example.com',
      first_name: 'A',
      last_name: 'B',
      lead_score: 5,
      company: 'x',
    });
  });

  it('never takes a header for an address because it contains "email"', async () => {
    await expect(readText('Email Status,Email Opened\nvalid,yes\n')).rejects.toMatchObject({
      message: expect.stringContaining('has no e-mail column'),
    });
  });

  it('refuses two columns that mean the same under the same name, and names both', async () => {
    await expect(readText('email,Name,Email\na@example.com,x,b@example.com\n')).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining('columns 1 "email" and 3 "Email" both mean email'),
    });
  });

  it('--map tells such columns apart when their spelling does', async () => {
    const text = 'email,Email\na@example.com,b@example.com\n';
    expect((await readText(text, { map: { email: 'Email' } })).leads[0]?.email).toBe('b@example.com');
    const ambiguous = { exitCode: 2, message: expect.stringContaining('may be any of the columns') };
    await expect(readText(text, { map: { email: 'EMAIL' } })).rejects.toMatchObject(ambiguous);
    await expect(readText('email,email\na,b\n', { map: { email: 'email' } })).rejects.toMatchObject(ambiguous);
  });

  it('numbers equal columns that mean nothing', async () => {
    const { leads } = await readText('email,Notes,NOTES,Notes 2,notes\na@example.com,1,2,3,4\n');
    expect(leads[0]?.custom_fields).toEqual({ Notes: '1', 'NOTES 3': '2', 'Notes 2': '3', 'notes 4': '4' });
  });

  it('--map wins over fields, fields over recognition; a column that fields names may be missing', async () => {
    const text = 'email,Mail 2,Title,Team\na@example.com,b@example.com,CTO,Sales\n';
    expect((await readText(text, { fields: { email: 'mail 2', company: 'Firm' } })).leads[0]?.email).toBe(
      'b@example.com',
    );
    const { leads } = await readText(text, { fields: { persona: 'Title' }, map: { persona: 'Team' } });
    expect(leads[0]).toMatchObject({ persona: 'Sales', title: 'CTO' });
  });

  it('a title mapped to the persona is the title as well', async () => {
    const { leads } = await readText('email,Job Title\na@example.com,CTO\n', { map: { persona: 'job title' } });
    expect(leads[0]).toMatchObject({ persona: 'CTO', title: 'CTO', custom_fields: {} });
  });

  it('--map with a missing column lists the columns and the nearest, for CSV and JSON', async () => {
    const wanted = {
      exitCode: 2,
      message: expect.stringMatching(/has no column "Mial"; its columns are "email", "Mail"/),
      next: 'Did you mean "Mail"?',
    };
    await expect(readText('email,Mail\na,b\n', { map: { email: 'Mial' } })).rejects.toMatchObject(wanted);
    await expect(readText('[{"email":"a","Mail":"b"}]', { map: { email: 'Mial' } })).rejects.toMatchObject(wanted);
  });

  it('a persona column that is empty stays empty; without one the title stands in', async () => {
    const withColumn = await readText('email,Persona,Title\na@example.com,,CTO\n');
    expect(withColumn.leads[0]).not.toHaveProperty('persona');
    const json = await readText('[{"email":"a@example.com","persona":"VP"},{"email":"b@example.com","title":"CTO"}]');
    expect(json.leads.map((lead) => lead.persona)).toEqual(['VP', 'CTO']);
  });

  it('custom fields: all, none, or the named ones', async () => {
    const text = 'email,Team Size,Plan,Empty\na@example.com, 12 ,pro,\n';
    const fields = async (customFields: 'all' | 'none' | string[]) => {
      const { leads, plan } = await readText(text, { customFields });
      return [leads[0]?.custom_fields, plan.ignored];
    };
    expect(await fields('all')).toEqual([{ 'Team Size': '12', Plan: 'pro' }, []]);
    expect(await fields('none')).toEqual([{}, ['Team Size', 'Plan', 'Empty']]);
    expect(await fields(['team_size'])).toEqual([{ 'Team Size': '12' }, ['Plan', 'Empty']]);
  });

  it('further columns of a field fill in where the first is empty, and are custom fields where they do not', async () => {
    const { leads } = await readText('Work Email,Email,Phone\na@example.com,b@example.com,+49 30 1\n,c@example.com,\n');
    expect(leads).toEqual([
      { email: 'a@example.com', phone: '+49 30 1', source: 'csv', custom_fields: { Email: 'b@example.com' } },
      { email: 'c@example.com', source: 'csv', custom_fields: {} },
    ]);
  });

  it('source: the option, then the column, then the known export, then the format', async () => {
    const text = 'email,Source,Person Linkedin Url\na@example.com,webinar,\nb@example.com,,\n';
    expect((await readText(text)).leads.map((lead) => lead.source)).toEqual(['webinar', 'apollo']);
    expect((await readText(text, { source: 'fair' })).leads.map((lead) => lead.source)).toEqual(['fair', 'fair']);
    expect((await readText('email\na@example.com\n')).leads[0]?.source).toBe('csv');
  });

  it('a header called __proto__ is an ordinary custom field', async () => {
    const { leads } = await readText('email,__proto__\na@example.com,x\n');
    expect(Object.entries(leads[0]?.custom_fields ?? {})).toEqual([['__proto__', 'x']]);
    expect(Object.getPrototypeOf(leads[0]?.custom_fields)).toBe(Object.prototype);
  });

  it('Line and Reason may be anybody’s columns; _line and _reason are ignored', async () => {
    const { leads, plan } = await readText('email,Line,Reason,_line,_reason\na@example.com,L,R,7,bad\n');
    expect(leads[0]?.custom_fields).toEqual({ Line: 'L', Reason: 'R' });
    expect(plan.ignored).toEqual(['_line', '_reason']);
  });

  it('a column without a header is ignored, and that is said', async () => {
    const { leads, plan } = await readText('email,,Plan\na@example.com,1,pro\n');
    expect(leads[0]?.custom_fields).toEqual({ Plan: 'pro' });
    expect(plan.ignored).toEqual(['(column 2, which has no header)']);
  });

  it('verdicts: the worst counts; words that say nothing say nothing', async () => {
    const verdict = async (value: string, column = 'Email Status') =>
      (await readText(`email,"${column}"\na@example.com,"${value}"\n`)).leads[0]?.verifier;
    for (const word of ['Bounced', 'hard_bounce']) expect(await verdict(word), word).toBe('bounced');
    for (const word of ['invalid', 'do_not_mail', 'undeliverable', 'SPAMTRAP', 'abuse', 'Unavailable']) {
      expect(await verdict(word), word).toBe('invalid');
    }
    for (const word of ['catch-all', 'accept_all', 'Catch All', 'risky'])
      expect(await verdict(word), word).toBe('risky');
    for (const word of ['valid', 'Verified', 'deliverable', 'true']) expect(await verdict(word), word).toBe('valid');
    for (const word of ['unknown', 'unverified', '']) {
      expect(await verdict(word), word).toBeUndefined();
    }
    expect(await verdict('true', 'Catch-all')).toBe('risky');
    expect(await verdict('Not Catch-all', 'Primary Email Catch-all Status')).toBeUndefined();
    const both = await readText('email,Email Status,Catch all\na@example.com,invalid,true\n');
    expect(both.leads[0]?.verifier).toBe('invalid');
    const risky = await readText('email,Catch all,Email Status\na@example.com,yes,valid\n');
    expect(risky.leads[0]?.verifier).toBe('risky');
  });

  it('unsubscribed markers, and what is none', async () => {
    const out = async (column: string, value: string) =>
      (await readText(`email,"${column}"\na@example.com,"${value}"\n`)).leads[0]?.unsubscribed ?? false;
    for (const column of ['is_unsubscribed', 'isUnsubscribed']) {
      for (const value of ['true', '1', 'YES']) expect(await out(column, value), value).toBe(true);
      for (const value of ['false', '0', 'no', '']) expect(await out(column, value), value).toBe(false);
    }
    for (const value of ['Unsubscribed', 'Do Not Contact', 'Opted out', 'opted_out']) {
      expect(await out('Lead Status', value), value).toBe(true);
    }
    expect(await out('Status', 'Subscribed')).toBe(false);
    expect(await out('Status', '-1')).toBe(false);
  });
});
