import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findRule } from '../../src/routing/route-lead.js';
import { buildRuleSet } from '../../src/routing/rule.js';
import { FIXTURES, readFileAll, readText } from './read-all.js';

const read = (file: string, map: Record<string, string> = {}) => readFileAll(join(FIXTURES, file), { map });
const lead = async (header: string, row: string, map: Record<string, string> = {}) =>
  (await readText(`${header}\n${row}\n`, { map })).leads[0];

describe('whose row it is, by the columns of every tool and language', () => {
  it.each([
    ['Name', 'Ada Byrne'],
    ['NAME:', 'Ada Byrne'],
    ['Contact Name', 'Byrne, Ada'],
    ['Display Name', 'Ms. Ada Byrne'],
    ['Contact', 'Ada Byrne, PhD'],
    ['Lead Name', 'Ada Byrne'],
    ['Full name *', 'Ada Byrne'],
    ['Kontakt', 'Frau Dr. Ada Byrne'],
    ['Ansprechpartner', 'Byrne, Ada'],
    ['Nom complet', 'Mme Ada Byrne'],
    ['Nom', 'Ada Byrne'],
    ['Nombre', 'Ada Byrne'],
    ['Naam', 'Mevr. Ada Byrne'],
    ['Vorname,Nachname', 'Ada,Byrne'],
    ['Vorname,Name', 'Ada,Byrne'],
    ['Prénom,Nom', 'Ada,Byrne'],
    ['PRENOM,NOM', 'Ada,Byrne'],
    ['Nombre,Apellidos', 'Ada,Byrne'],
    ['Nome,Cognome', 'Ada,Byrne'],
    ['Nome,Sobrenome', 'Ada,Byrne'],
    ['Voornaam,Achternaam', 'Ada,Byrne'],
    ['Imię,Nazwisko', 'Ada,Byrne'],
    ['Förnamn,Efternamn', 'Ada,Byrne'],
    ['Given Name,Family Name', 'Ada,Byrne'],
    ['First Name,Name', 'Ada,Ada Byrne'],
    ['Name,First Name,Last Name', 'Kestrel GmbH,Ada,Byrne'],
  ])('%s', async (header, cells) => {
    const quoted = cells.includes(', ') ? `"${cells}"` : cells;
    expect(
      await lead(`email;${header.replaceAll(',', ';')}`, `a@example.com;${quoted.replaceAll(/,(?! )/g, ';')}`),
    ).toMatchObject({
      first_name: 'Ada',
      last_name: 'Byrne',
    });
  });

  it.each([
    'Company',
    'Company / Account',
    'Account Name',
    'Employer',
    'Organization',
    'Organisation:',
    'Current Company',
    'Firma',
    'Unternehmen',
    'Société',
    'Entreprise',
    'Empresa',
    'Azienda',
    'Bedrijf',
    'Företag',
    'Organization - Name',
    'organization.name',
  ])('company: %s', async (header) => {
    expect(await lead(`email,${header}`, 'a@example.com,Kestrel')).toMatchObject({
      company: 'Kestrel',
      custom_fields: {},
    });
  });

  it.each([
    'Job Title',
    'Funktion',
    'Titel',
    'Position',
    'Poste',
    'Cargo',
    'Puesto',
    'Functie',
    'Stanowisko',
    'Befattning',
  ])('title: %s', async (header) => {
    expect(await lead(`email,${header}`, 'a@example.com,VP Sales')).toMatchObject({
      title: 'VP Sales',
      persona: 'VP Sales',
    });
  });

  it.each([
    'Lead Score',
    'HubSpot Score',
    'hubspotscore',
    'Lead Scoring',
    'Lead Rating Score',
    'Score (lead)',
    'Score (0-100)',
    'lead.score',
  ])('score: %s', async (header) => {
    expect(await lead(`email,${header}`, 'a@example.com,70')).toMatchObject({ lead_score: 70 });
  });

  it.each([
    'Contact Accuracy Score',
    'Primary Intent Score',
    'Email Score',
    'Spam Score',
    'Credit Score',
    'Scoreboard',
  ])('no score: %s', async (header) => {
    expect(await lead(`email,${header}`, 'a@example.com,A+')).toMatchObject({ custom_fields: { [header]: 'A+' } });
  });
});

describe('what only stands for nothing', () => {
  it('is blank in texts, titles and custom fields; people called Nan and Null keep their names; the plan counts', async () => {
    const { leads, plan } = await read('plain/placeholders.csv');
    expect(leads).toEqual([
      { email: 'a@kestrel-freight.com', source: 'csv', custom_fields: {} },
      { email: 'b@kestrel-freight.com', source: 'csv', custom_fields: {} },
      expect.objectContaining({ title: 'VP Sales', persona: 'VP Sales', custom_fields: {} }),
      expect.objectContaining({ first_name: 'Ada', last_name: 'Byrne', persona: 'VP Sales', custom_fields: {} }),
    ]);
    expect(plan.notes).toEqual([
      expect.stringMatching(/^12 cells of the first 4 rows count as blank: "null", "undefined"/),
    ]);
    expect(await lead('email,first_name,last_name', 'a@example.com,Nan,Null')).toMatchObject({
      first_name: 'Nan',
      last_name: 'Null',
    });
  });

  it.each([
    'null',
    'NULL',
    'Undefined',
    'NaN',
    'None',
    'N/A',
    'n/a',
    '-',
    '--',
    '—',
    '#REF!',
    '#VALUE!',
    '#N/A',
    '#NAME?',
    '#DIV/0!',
    '#BEZUG!',
    '#NV',
    '#####',
    '[object Object]',
    '(blank)',
    '(null)',
    '<none>',
    '[]',
    '{}',
    '\\N',
  ])('%s', async (word) => {
    const row = await lead('email,company,Plan', `a@example.com,"${word}","${word}"`);
    expect(row).toEqual({ email: 'a@example.com', source: 'csv', custom_fields: {} });
  });

  it.each([
    'Nullarbor',
    '-5',
    '#hashtag',
    '#1',
    'N/A-Team',
    'Nancy',
    '(blank canvas)',
    'None of us',
    '{x}',
    'NA',
    'NL',
    '0',
  ])('%s is something', async (word) => {
    expect(await lead('email,company,Plan', `a@example.com,"${word}","${word}"`)).toMatchObject({
      company: word,
      custom_fields: { Plan: word },
    });
  });
});

describe('salutations, phones, titles', () => {
  it('Outlook: a salutation in Title is no job title and no persona', async () => {
    const { leads } = await read('outlook/contacts.csv');
    expect(leads[0]).toMatchObject({ title: 'VP Sales', persona: 'VP Sales', custom_fields: { Salutation: 'Dr.' } });
    expect(leads[0]?.custom_fields).not.toHaveProperty('Title');
    expect(leads[1]?.custom_fields).toEqual({ Salutation: 'Mr.' });
    expect(leads[1]).not.toHaveProperty('title');
    expect(leads[1]).not.toHaveProperty('persona');
  });

  it('a title is sent once, whatever its spelling', async () => {
    const fields = async (title: string) =>
      (await lead('email,Job Title,Title', `a@example.com,CTO,${title}`))?.custom_fields;
    expect(await fields('CTO')).toEqual({});
    expect(await fields('Chief')).toEqual({ 'Title 2': 'Chief' });
    const { leads } = await readText('[{"email":"a@example.com","custom_fields":{"Title":"CTO","Plan":"pro"}}]');
    expect(leads[0]).toMatchObject({ title: 'CTO', custom_fields: { Plan: 'pro' } });
    expect(leads[0]?.custom_fields).not.toHaveProperty('Title');
  });

  it('a phone number that a spreadsheet made a float of is dropped, and the plan says so', async () => {
    const { leads, plan } = await readText(
      'email,phone,Mobile\na@example.com,4.47911E+11,"4,47E+11"\nb@example.com,4.47911E+11,+44 1\n',
    );
    expect(leads[0]).toEqual({ email: 'a@example.com', source: 'csv', custom_fields: {} });
    expect(leads[1]).toMatchObject({ phone: '+44 1' });
    expect(plan.notes).toEqual([
      expect.stringMatching(/^3 phone numbers of the first 2 rows are dropped: .*"4.47911E\+11"/),
    ]);
  });
});

it('personas and texts: every white space is one, format characters are none; commas and hyphens count', async () => {
  const { leads } = await read('plain/persona-spaces.csv');
  const rules = buildRuleSet([
    { persona: ['VP\u00a0Sales', 'Gescha\u0308ftsfu\u0308hrer'], min_score: 50, target_campaign_id: '1', priority: 0 },
  ]);
  const routed = leads.filter((one) => findRule(one, rules) !== undefined).map(({ email }) => email[0]);
  expect(routed.join('')).toBe('abcdghij');
  expect(leads[9]?.persona).toBe('VP Sales');
});

describe('columns that share the beginning of the address column', () => {
  it('pandas: lead.email, lead.first_name', async () => {
    const { leads } = await read('pandas/json-normalize.csv');
    expect(leads[0]).toEqual({
      email: 'ada@kestrel-freight.com',
      first_name: 'Ada',
      last_name: 'Byrne',
      company: 'Kestrel',
      source: 'smartlead',
      notOptedOut: 'lead.is_unsubscribed',
      custom_fields: { 'lead.id': '2' },
    });
    expect(leads.map((one) => one.unsubscribed)).toEqual([undefined, true]);
  });

  it('Pipedrive: Person - First name, by hand chosen address', async () => {
    const { leads } = await read('pipedrive/people.csv', { email: 'Person - Email - Work' });
    expect(leads[0]).toMatchObject({
      first_name: 'Ada',
      last_name: 'Byrne',
      company: 'Kestrel',
      title: 'VP Sales',
      phone: '+14155550101',
    });
  });

  it('Google: organization name and title', async () => {
    const { leads } = await read('google/contacts.csv', { email: 'E-mail 1 - Value' });
    expect(leads[0]).toMatchObject({
      first_name: 'Ada',
      company: 'Kestrel Freight',
      title: 'VP Sales',
      phone: '+1 415-555-0101',
    });
  });

  it("an owner's address is nobody's", async () => {
    await expect(readText('owner.email,lead.name\nkim@example.com,Ada\n')).rejects.toMatchObject({ exitCode: 2 });
  });
});

it('full names of a file', async () => {
  const { leads } = await read('plain/full-names.csv');
  expect(leads.map((one) => [one.first_name, one.last_name])).toEqual([
    ['Ada', 'Byrne'],
    ['Bo', 'Chen'],
    ['Cy', undefined],
    ['Di', 'Haas'],
    ['Ed', 'Jung'],
  ]);
});
