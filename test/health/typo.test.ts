import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BIG_PROVIDERS, KNOWN_DOMAINS } from '../../src/health/domain-lists.js';
import { isOneSlip, meantProvider } from '../../src/health/typo.js';

describe('meantProvider', () => {
  it.each([
    ['gmail.com', 'gmial.com gmal.com gmai.com gmil.com gmaill.com gamil.com gnail.com gmali.com gmaul.com ggmail.com'],
    ['gmail.com', 'gmail.co gmail.cm gmail.om'],
    ['googlemail.com', 'googlmail.com goglemail.com googlemail.co'],
    ['hotmail.com', 'hotmial.com hotmal.com hotmai.com homtail.com hotmaill.com hitmail.com hotmail.co'],
    ['hotmail.co.uk', 'hotmal.co.uk hotmial.co.uk'],
    ['yahoo.com', 'yaho.com yahooo.com yhaoo.com yahho.com yahoo.cm yahoo.co'],
    ['yahoo.co.in', 'yaho.co.in'],
    ['outlook.com', 'outlok.com outloook.com oulook.com outlook.cm'],
    ['icloud.com', 'iclod.com icoud.com iclould.com icloud.co'],
    ['protonmail.com', 'protonmial.com protonmal.com'],
    ['aol.com', 'aol.co aol.cm'],
  ])('suggests %s', (provider, typos) => {
    for (const typo of typos.split(' ')) expect([typo, meantProvider(typo)]).toEqual([typo, provider]);
  });

  it.each([
    'mac.com email.com mail.com ymail.com me.com live.com live.nl live.co msn.com hey.com qq.com 163.com pm.me att.net',
    'gmx.net gmx.de gmx.at gmx.ch gmx.co web.de freenet.de t-online.de mail.ru yandex.ru libero.it orange.fr zoho.com',
    'grail.com gail.com aon.com sol.com gm.com cloud.com photon.me olive.com google.com example.com acme.co acme.com',
    'yahoo.co.in yahoo.se yahoo.es hotmail.rs outlook.jp gmail.net gmail.de proton.ch com a.co',
  ])('leaves alone %s', (hosts) => {
    for (const host of hosts.split(' ')) expect([host, meantProvider(host)]).toEqual([host, undefined]);
  });

  it('leaves every provider alone', () => {
    for (const host of [...BIG_PROVIDERS, ...KNOWN_DOMAINS]) expect(meantProvider(host)).toBeUndefined();
  });

  it('suggests only providers one slip away, for any host', () => {
    const near = fc
      .tuple(fc.constantFrom(...BIG_PROVIDERS), fc.nat(12), fc.nat(2), fc.string({ maxLength: 2 }))
      .map(([host, at, cut, put]) => host.slice(0, at) + put + host.slice(at + cut));
    fc.assert(
      fc.property(fc.oneof(near, fc.domain(), fc.string()), (host) => {
        const meant = meantProvider(host);
        if (meant !== undefined) {
          expect(BIG_PROVIDERS).toContain(meant);
          expect(isOneSlip(host, meant)).toBe(true);
        }
      }),
      { numRuns: 5_000 },
    );
  });
});

describe('isOneSlip', () => {
  it.each([
    ['gmal', 'gmail', true],
    ['gmaill', 'gmail', true],
    ['gmaul', 'gmail', true],
    ['gmial', 'gmail', true],
    ['', 'a', true],
    ['gmail', 'gmail', false],
    ['gml', 'gmail', false],
    ['gmlia', 'gmail', false],
    ['aa', 'bb', false],
    ['', '', false],
  ])('%j for %j: %s', (written, meant, expected) => {
    expect(isOneSlip(written, meant)).toBe(expected);
    expect(isOneSlip(meant, written)).toBe(expected);
  });
});
