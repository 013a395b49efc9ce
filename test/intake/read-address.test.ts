import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { noAddressReason, readAddress } from '../../src/intake/read-address.js';
import { addressesIn } from '../../src/intake/unwrap-address.js';
import { isSomebodyElses } from '../../src/intake/whose-address.js';
import { FIXTURES, readFileAll, readText } from './read-all.js';

const ADA = 'ada@acme.com';

describe('an address is read out of wrapping that leaves no doubt', () => {
  test.each([
    ' Ada@ACME.com ',
    'mailto:ada@acme.com',
    'MAILTO:ada@acme.com?subject=Hi there, you&body=a;b',
    'mailto:ada%40acme.com',
    'Ada Byrne <ada@acme.com>',
    'Byrne, Ada <ada@acme.com>',
    '"Byrne, Ada" <mailto:ada@acme.com>',
    'ada@acme.com <ada@acme.com>',
    'Ada Byrne (ada@acme.com)',
    '<ada@acme.com',
    '(ada@acme.com)',
    '["ada@acme.com"]',
    "['ada@acme.com']",
    '{"email":"ada@acme.com","type":"work"}',
    '[{"value":"ada@acme.com"},{"value":"Ada@acme.com"}]',
    '=HYPERLINK("mailto:ada@acme.com","Ada")',
    '=HYPERLINK("mailto:ada@acme.com?subject=x";"ada@acme.com")',
    '="ada@acme.com"',
    '[ada@acme.com](mailto:ada@acme.com)',
    '[Ada](mailto:ada@acme.com)',
    '<a href="mailto:ada@acme.com">Ada</a>',
    '<p>ada@acme.com</p>',
    'ada@acme.com;',
    'ada@acme.com.',
    'ada@acme.com,ADA@acme.com',
    'ada@acme.com / none',
    'N/A; ada@acme.com',
    'ada@acme.com\nada@acme.com',
    "'ada@acme.com'",
    '“ada@acme.com”',
    '**ada@acme.com**',
    '\u200bada@acme.com\u200e',
    '\u202aada@acme.com\u202c',
    'ada@acme.com\u00a0',
    'ada\uff20acme.com',
    'ada&#64;acme.com',
    '&lt;ada@acme.com&gt;',
    'ada%40acme.com',
    '%20ada@acme.com',
    'E: ada@acme.com',
    'E-mail: mailto:ada@acme.com',
    'SMTP:ada@acme.com',
    'ada@acme.com (work)',
    'ada@acme.com [verified]',
    '✅ ada@acme.com',
    '【ada@acme.com】',
    '「ada@acme.com」',
    '（ada@acme.com）',
    'ada@acme.com -',
    '-- ada@acme.com --',
    'Ada Byrne ada@acme.com',
    'Ada van der Berg ada@acme.com',
    'ada@acme.com Ada Byrne',
  ])('%j', (text) => expect(readAddress(text)).toBe(ADA));

  it('hyphens, apostrophes and international domains have one spelling', () => {
    expect(readAddress('ada@kestrel\u2011freight.com')).toBe('ada@kestrel-freight.com');
    expect(readAddress('o\u2019neil@acme.com')).toBe("o'neil@acme.com");
    expect(readAddress('Ada <ADA@MÜNCHEN.de>')).toBe('ada@xn--mnchen-3ya.de');
  });
});

test.each([
  ...['', 'N/A', '-', '#N/A', 'null', 'unknown', '❌ No email found', 'keine', 'k.A.', 'néant', 'sin correo', 'нет'],
  ...['me(at)acme.com', 'ada.acme.com', '[]', '{}', 'email_not_unlocked@domain.com', 'noemail@domain.com'],
  ...['no-email@acme.com', 'No.Email@acme.com', 'not_available@na.com', 'none@none.com', 'na@na.com', 'null@null.com'],
  ...['test@test.com', 'unknown@unknown.org', 'name@domain.com', 'ada.byrne@noemail.com', '<none@none.com>'],
])('%j is no address', (text) => expect(readAddress(text)).toEqual({ none: text }));

test.each([
  'na@acme.com',
  'nan@acme.com',
  'null@acme.com',
  'test@example.com',
  'nomail.smith@acme.com',
  'noel@acme.com',
])('%s could be somebody', (address) => expect(readAddress(address)).toBe(address));

test.each([
  'a@b.io; c@d.io',
  'a@b.io / c@d.io',
  'a@b.io/c@d.io',
  'a@b.io|c@d.io',
  'a@b.io ::: c@d.io',
  'a@b.io, c@d.io',
  'a@b.io\nc@d.io',
  'a@b.io c@d.io',
  'a@b.io and c@d.io',
  'a@b.io - c@d.io',
  'work: a@b.io; home: c@d.io',
  'a@b.io (cc c@d.io)',
  'A <a@b.io>, C <c@d.io>',
  '["a@b.io","c@d.io"]',
  'mailto:a@b.io,c@d.io',
])('%j is two', (text) => {
  const read = readAddress(text);
  expect(read).toEqual({ several: ['a@b.io', 'c@d.io'] });
  expect(typeof read === 'object' && noAddressReason(read)).toBe(
    'two e-mail addresses in one cell: a@b.io and c@d.io; keep one',
  );
});

test.each([
  'hu @acme.com',
  'john smith@acme.com',
  'ada byrne@acme.com',
  'ada@acme.co m',
  'ada,byrne@acme.com',
  'ada@acme.co...',
  'ada@acme',
  '@ada',
  'ra@\u202ecd.com',
  'ada@@acme.com',
  'ada@acme.com, vp sales',
  '"john doe"@acme.com',
  `${'x'.repeat(3000)}@acme.com`,
])('%j leaves doubt, and stays for the gate to block', (text) => expect(readAddress(text)).toBe(text));

it('reads the longest cells in no time', () => {
  const began = performance.now();
  for (const bit of [
    '<a href=',
    ' ',
    '(',
    '@',
    'a@b.',
    '&',
    '%40',
    '<a@b.io> ',
    'x: ',
    "'",
    'mailto:',
    '=HYPERLINK("',
  ]) {
    readAddress(bit.repeat(2000 / bit.length));
    addressesIn(bit.repeat(100_000 / bit.length));
  }
  expect(performance.now() - began).toBeLessThan(3000);
});

it('finds each address that a text may hold', () => {
  const text = `x "Jane%" 'jane@acme.com', MÜ\uff20münchen.de; mailto:o'neil@acme.com.`;
  expect(addressesIn(text)).toEqual(['jane@acme.com', 'mü@xn--mnchen-3ya.de', "o'neil@acme.com"]);
});

test.each([
  ...['Owner Email', 'Contact owner email', 'Sender Email', 'From Email', 'Account Manager Email', 'Created By Email'],
  ...[
    'Reply-to',
    'ownerEmail',
    'hubspot_owner_email',
    'Last Modified By',
    'Assigned To',
    'Sales Rep E-mail',
    'Our email',
  ],
  ...['Email From', 'Absender E-Mail', 'E-Mail Besitzer', 'Adresse e-mail expéditeur', 'BCC', 'Sent By'],
])("%s is somebody else's", (header) => expect(isSomebodyElses(header)).toBe(true));

test.each(['Email', 'Work Email', 'E-mail 1 - Value', 'Email (from Apollo)', 'Accounting Email', 'Recommended Email'])(
  "%s is the lead's",
  (header) => expect(isSomebodyElses(header)).toBe(false),
);

describe('the rows of a file', () => {
  const read = (name: string) => readFileAll(join(FIXTURES, 'addresses', name));
  const brief = ({ leads, rejected }: Awaited<ReturnType<typeof read>>) => [
    leads.map(({ email }) => email),
    rejected.map(({ line, reason }) => `${line} ${reason}`),
  ];

  it('placeholders are rejected one by one, wrapping is taken off', async () => {
    expect(brief(await read('clay-no-email.csv'))).toEqual([
      ['ada@kestrel-freight.com', 'ed@brotwerk.de', 'fy@tindercraft.com', 'hu@norrsken-bygg.se'],
      [
        '3 no e-mail address: the cell says "No email found"',
        '4 no e-mail address: the cell says "❌ No Email Found"',
        '5 no e-mail address: the cell says "N/A"',
        '8 two e-mail addresses in one cell: gi@prim-labs.com and gi.prim@prim-labs.com; keep one',
        '10 no e-mail address: the cell says "null"',
        '11 no e-mail address: the cell says "email_not_unlocked@domain.com"',
      ],
    ]);
  });

  it('two addresses of a Google contact are named', async () => {
    const file = join(FIXTURES, 'addresses', 'google-contacts-2024.csv');
    expect(brief(await readFileAll(file, { map: { email: 'E-mail 1 - Value' } }))).toEqual([
      ['ada@kestrel-freight.com'],
      ['3 two e-mail addresses in one cell: bo@lumen-row.io and bo.chen@lumen-row.io; keep one'],
    ]);
  });

  it('the next e-mail column stands in for a blank and a placeholder, not for two addresses', async () => {
    const text = 'Work Email,Email\nN/A,a@b.io\n,c@d.io\n-,none\n"e@f.io;g@h.io",i@j.io\nno@at,k@l.io\n';
    const { leads, rejected } = await readText(text);
    expect(leads.map(({ email }) => email)).toEqual(['a@b.io', 'c@d.io', 'no@at']);
    expect(leads[0]?.custom_fields).toEqual({});
    expect(rejected.map(({ line }) => line)).toEqual([4, 5]);
  });
});
