import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadRulesFile } from '../../src/config/load.js';
import { RulesFileError } from '../../src/errors.js';

const INVALID = 'fixtures/rules/invalid';
const VALID = 'fixtures/rules/valid';
const yamlFiles = (folder: string) => readdirSync(folder).filter((name) => name.endsWith('.yaml'));

function refusal(path: string): RulesFileError {
  try {
    loadRulesFile(path);
  } catch (error) {
    if (error instanceof RulesFileError) return error;
    throw error;
  }
  throw new Error(`${path} was accepted`);
}

describe('fixtures/rules/invalid', () => {
  it.each(yamlFiles(INVALID))('%s is refused with the expected message', (name) => {
    const expected = readFileSync(`${INVALID}/${name.replace(/\.yaml$/, '.expected')}`, 'utf8');
    const start = performance.now();
    const error = refusal(`${INVALID}/${name}`);
    expect(performance.now() - start).toBeLessThan(2000);
    expect(`${error.message.replaceAll(`${INVALID}/`, '')}\n`).toBe(expected);
    expect(error.exitCode).toBe(2);
    expect(error.message).not.toContain('PLANTED');
  });

  it('has a file for every expected message', () => {
    const messages = readdirSync(INVALID).filter((name) => name.endsWith('.expected'));
    expect(messages.map((name) => name.replace('.expected', '.yaml')).sort()).toEqual(yamlFiles(INVALID).sort());
  });
});

describe('fixtures/rules/valid', () => {
  it.each(yamlFiles(VALID))('%s loads', (name) => {
    expect(loadRulesFile(`${VALID}/${name}`).organizations.size).toBeGreaterThan(0);
  });
});
