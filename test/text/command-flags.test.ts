import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { commandFlags, quoteArgument } from '../../src/text/command-flags.js';

test('flags that say nothing are left out, and a list is a flag for each of its items', () => {
  const flags = {
    org: 'acme',
    db: undefined,
    again: true,
    'no-push': false,
    map: ['email=Work Email', 'a=b'],
    limit: 5,
  };
  expect(commandFlags(flags)).toBe("--org acme --again --map 'email=Work Email' --map a=b --limit 5");
  expect(commandFlags({ map: [] })).toBe('');
});

test.each(['plain.csv', 'my leads.csv', "it's", '$HOME `x` "y"', 'a;b', '*', 'line\nbreak', ''])(
  'a shell reads %j as it was',
  (text) => {
    expect(execFileSync('sh', ['-c', `printf %s ${quoteArgument(text)}`], { encoding: 'utf8' })).toBe(text);
  },
);
