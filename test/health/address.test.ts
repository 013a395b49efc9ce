import fc from 'fast-check';
import isEmail from 'validator/lib/isEmail.js';
import { describe, expect, it } from 'vitest';
import { canonicalHost } from '../../src/address.js';
import { parseAddress, parseDomain } from '../../src/health/address.js';

const LABEL_60 = `${'a'.repeat(60)}.`;

describe('parseAddress', () => {
  it.each([
    ['test@example.com', 'example.com', 'example.com'],
    ['a@mail.b.co.uk', 'mail.b.co.uk', 'b.co.uk'],
    ['a@gov.uk', 'gov.uk', 'gov.uk'],
    ['a@co.uk', 'co.uk', 'co.uk'],
    ['a@foo.ck', 'foo.ck', 'foo.ck'],
    ['a@shop.github.io', 'shop.github.io', 'github.io'],
    ['a@müller.de', 'xn--mller-kva.de', 'xn--mller-kva.de'],
    ['a@xn--mller-kva.de', 'xn--mller-kva.de', 'xn--mller-kva.de'],
    ['a@mail.пример.рф', 'mail.xn--e1afmkfd.xn--p1ai', 'xn--e1afmkfd.xn--p1ai'],
    ['a@نامه\u200cای.com', 'xn--mgba3gch31f060k.com', 'xn--mgba3gch31f060k.com'],
    ['a@ab--cd.com', 'ab--cd.com', 'ab--cd.com'],
    ['a@4.com', '4.com', '4.com'],
    ['jörg@x.com', 'x.com', 'x.com'],
    ["o'neil+tag%x@x.com", 'x.com', 'x.com'],
    ['"a b"@x.com', 'x.com', 'x.com'],
    ['".a..b."@x.com', 'x.com', 'x.com'],
    [`${'a'.repeat(64)}@x.com`, 'x.com', 'x.com'],
    [`${'ü'.repeat(32)}@x.com`, 'x.com', 'x.com'],
    [`a@${'a'.repeat(63)}.com`, `${'a'.repeat(63)}.com`, `${'a'.repeat(63)}.com`],
  ])('takes %s', (email, host, registrable) => {
    expect(parseAddress(email)).toMatchObject({
      valid: true,
      local: email.slice(0, email.lastIndexOf('@')),
      host,
      registrable,
    });
  });

  it.each([
    ['', 'it is empty'],
    ['a', 'no @'],
    ['@x.com', 'nothing before the @'],
    ['a@', 'nothing after the @'],
    ['a@b@c.com', 'more than one @'],
    ['"a@b"@c.com', 'more than one @'],
    ['a@localhost', 'no dot in the domain "localhost"'],
    ['a@com', 'no dot in the domain "com"'],
    ['a@1.2.3.4', 'an IP address in place of a domain'],
    ['a@[1.2.3.4]', 'an IP address in place of a domain'],
    ['a@[IPv6:::1]', 'an IP address in place of a domain'],
    ['a@acme.cmo', 'top-level domain "cmo" does not exist (perhaps "com")'],
    ['a@acme.invalid', 'top-level domain "invalid" does not exist'],
    ['a@acme.123', 'top-level domain "123" does not exist'],
    ['a@acme.c', 'top-level domain "c" does not exist'],
    ['a@acme.onion', 'top-level domain "onion" does not exist'],
    ['a@acme.local', 'top-level domain "local" does not exist'],
    ['a@x.com.', 'domain ends with a dot'],
    ['a@.x.com', 'domain begins with a dot'],
    ['a@a..com', 'two dots in a row in the domain'],
    ['a@-a.com', 'a part of the domain begins or ends with a hyphen'],
    ['a@a-.com', 'a part of the domain begins or ends with a hyphen'],
    ['a@a_b.com', 'a character in the domain that no domain can hold'],
    ['a@a%62.com', 'a character in the domain that no domain can hold'],
    ['a@a/b.com', 'a character in the domain that no domain can hold'],
    ['a@x。com', 'no dot in the domain "x。com"'],
    ['a@xn--zzzzzzzz.com', 'domain is not a valid international name'],
    ['a@a\u200cb.com', 'domain is not a valid international name'],
    ['a@x\u200b.com', 'an invisible character (U+200B) in the domain'],
    ['a@x.com\u00ad', 'an invisible character (U+00AD) in the domain'],
    ['a@x .com', 'a space in the domain'],
    ['.a@x.com', 'local part begins with a dot'],
    ['a.@x.com', 'local part ends with a dot'],
    ['a..b@x.com', 'two dots in a row before the @'],
    ['a b@x.com', 'a space before the @'],
    ['a\u00a0b@x.com', 'a space before the @'],
    ['a\u200b@x.com', 'an invisible character (U+200B) before the @'],
    ['a\u0000@x.com', 'an invisible character (U+0000) before the @'],
    ['"a\r\nbcc: b"@x.com', 'an invisible character (U+000D) before the @'],
    ['a,b@x.com', 'a character before the @ that no address can hold'],
    ['mailto:a@x.com', 'a character before the @ that no address can hold'],
    ['<a@x.com', 'a character before the @ that no address can hold'],
    ['"a"b"@x.com', 'a character before the @ that no address can hold'],
    [`${'a'.repeat(65)}@x.com`, 'local part longer than 64'],
    [`${'ü'.repeat(33)}@x.com`, 'local part longer than 64'],
    [`a@${'a'.repeat(64)}.com`, 'a part of the domain is longer than 63'],
    [`a@${LABEL_60.repeat(4)}abcdefg.com`, 'domain longer than 253'],
    [`${'a'.repeat(64)}@${LABEL_60.repeat(3)}abc.com`, 'longer than 254'],
  ])('refuses %j', (email, reason) => {
    expect(parseAddress(email)).toEqual({ valid: false, reason });
  });

  it('counts 254 octets and 253 in a domain as just right', () => {
    const longest = `${'a'.repeat(63)}@${LABEL_60.repeat(3)}abc.com`;
    expect(longest).toHaveLength(254);
    expect(parseAddress(longest).valid).toBe(true);
    expect(parseDomain(`${LABEL_60.repeat(4)}abcde.com`).valid).toBe(true);
    expect(`${LABEL_60.repeat(4)}abcde.com`).toHaveLength(253);
  });
});

describe('against validator', () => {
  const text = fc.string({
    unit: fc.constantFrom(...'aZ09.-_+\'"\\@ ,<>:;()[]%!#éßЖ中\u200b\u00ad\u00a0\n'),
    maxLength: 12,
  });
  const plain = fc.string({ unit: fc.constantFrom(...'aZ09.-+_'), maxLength: 10 });
  const label = fc.string({ unit: fc.constantFrom(...'aZ09-é'), minLength: 1, maxLength: 6 });
  const domain = fc.oneof(
    text,
    plain,
    fc
      .tuple(
        fc.array(label, { minLength: 1, maxLength: 3 }),
        fc.constantFrom('com', 'co.uk', 'DE', 'xyz', 'cmo', 'c', '1'),
      )
      .map(([labels, top]) => [...labels, top].join('.')),
  );
  const email = fc.tuple(fc.oneof(text, plain), domain).map(([local, host]) => `${local}@${host}`);

  it('takes no address that validator refuses', () => {
    fc.assert(
      fc.property(email, (address) => {
        if (parseAddress(address).valid) expect(isEmail.default(address)).toBe(true);
      }),
      { numRuns: 20_000 },
    );
  });

  it('refuses none that validator takes, but for what is stricter on purpose', () => {
    const onPurpose = /top-level domain|more than one @|invisible character|international name|a space before/;
    fc.assert(
      fc.property(email, (address) => {
        const parsed = parseAddress(address);
        if (!parsed.valid && isEmail.default(address)) expect(parsed.reason).toMatch(onPurpose);
      }),
      { numRuns: 20_000 },
    );
  });

  it('finds a reason or parts for any text, and never throws', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (any) => {
        for (const address of [any, `a@${any}`, `${any}@x.com`]) {
          const parsed = parseAddress(address);
          expect(parsed.valid ? parsed.host.endsWith(parsed.registrable) : parsed.reason !== '').toBe(true);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('reads hostile texts in no time', () => {
    const started = performance.now();
    for (const piece of ['a', 'a.', '-', '"', '\\', 'a-', '.']) {
      parseAddress(`${piece.repeat(50_000)}@${piece.repeat(50_000)}.com`);
      parseAddress(`a@${piece.repeat(50_000)}`);
    }
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});

describe('canonicalHost', () => {
  it.each([
    ['MÜLLER.de', 'xn--mller-kva.de'],
    ['Acme.COM', 'acme.com'],
    ['a%62.com', 'a%62.com'],
    ['not a hôst', 'not a hôst'],
  ])('%s', (written, host) => {
    expect(canonicalHost(written)).toBe(host);
  });
});
