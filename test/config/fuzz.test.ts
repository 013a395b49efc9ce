import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { loadRulesFile } from '../../src/config/load.js';
import { RulesFileError } from '../../src/errors.js';
import { fileTempDir } from '../helpers/temp-dir.js';

const SECRET = '8a7c1f0e-5b2d-4c3a-9e8f-planted_x1y2z3';
const path = join(fileTempDir(), 'rules.yaml');

/** The message of a refusal, '' when the file was accepted; anything but a RulesFileError goes through. */
function outcome(content: string | Uint8Array): string {
  writeFileSync(path, content);
  try {
    loadRulesFile(path);
    return '';
  } catch (error) {
    if (error instanceof RulesFileError) return error.message;
    throw error;
  }
}

const samples = ['invalid', 'valid'].flatMap((folder) =>
  readdirSync(`fixtures/rules/${folder}`)
    .filter((name) => name.endsWith('.yaml') && !name.startsWith('very-deep'))
    .map((name) => readFileSync(`fixtures/rules/${folder}/${name}`, 'utf8')),
);
const KEYS =
  `organization database organizations smartlead api_key_env api_key base_url batch_size rate_limit requests per
  settings health green_at penalties allow fields custom_fields rules persona min_score target_campaign_id priority tests
  lead email expect clay secret_env alerts url_env window token webhook_secret webhook_secret_env name`.split(/\s+/);

describe('any text', () => {
  it('is accepted or refused with a place', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: 'binary', maxLength: 200 }), fc.uint8Array({ maxLength: 200 })),
        (content) => {
          expect(outcome(content)).toMatch(/^$|rules\.yaml:\d+:\d+: /);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('is accepted or refused when it is YAML with pieces cut out, doubled and put in', () => {
    const pieces = fc.constantFrom(
      '&a ',
      '*a',
      '[',
      ']',
      '{',
      '}',
      ': ',
      '- ',
      '\n',
      '  ',
      '"',
      "'",
      '!',
      '|',
      '>',
      '? ',
      '#',
    );
    fc.assert(
      fc.property(fc.constantFrom(...samples), fc.nat(), fc.nat(40), pieces, (sample, at, length, piece) => {
        const start = at % (sample.length + 1);
        outcome(sample.slice(0, start) + piece + sample.slice(start + length));
        outcome(sample.slice(0, start + length) + sample.slice(start));
      }),
      { numRuns: 1000 },
    );
  });
});

describe('a planted secret', () => {
  const value: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.constant(SECRET),
      fc.constantFrom<unknown>(5, true, null, '', 'VP Sales', `https://x.com/?api_key=${SECRET}`, `http://${SECRET}@x`),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom(...KEYS, SECRET), tie('value'), { maxKeys: 5 }),
    ),
  })).value;

  it('is in no message, wherever it stands', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...KEYS), value, { minKeys: 1 }), (content) => {
        expect(outcome(stringify(content))).not.toContain(SECRET);
      }),
      { numRuns: 1000 },
    );
  });

  it('is in no message of a file that is not YAML', () => {
    const part = fc.constantFrom(
      SECRET,
      'api_key: ',
      ': ',
      '- ',
      '\n',
      '  ',
      '"',
      "'",
      '!',
      '&',
      '*',
      '|',
      '%',
      '@',
      '[',
      '{',
      '}',
      ']',
      ', ',
      '\\',
      '\t',
      '#',
      '? ',
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 15 }), (parts) => {
        expect(outcome(parts.join(''))).not.toContain(SECRET);
      }),
      { numRuns: 1500 },
    );
  });
});
