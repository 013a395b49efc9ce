import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readSecret } from '../../src/config/secrets.js';
import { UsageError } from '../../src/errors.js';
import { redact } from '../../src/redact.js';
import { fileTempDir } from '../helpers/temp-dir.js';

const folder = fileTempDir();

function fileWith(content: string): string {
  const path = join(folder, 'key');
  writeFileSync(path, content);
  return path;
}

function refusal(env: NodeJS.ProcessEnv): string {
  try {
    readSecret('KEY', env);
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  throw new Error('was accepted');
}

describe('readSecret', () => {
  it('reads the variable, and from then on redacts it', () => {
    expect(readSecret('KEY', { KEY: ' abc-direct-1\n' })).toEqual({ value: 'abc-direct-1', from: 'KEY' });
    expect(redact('x abc-direct-1 y')).not.toContain('abc-direct-1');
  });

  it('reads the file that a variable names', () => {
    const secret = readSecret('KEY', { KEY: '', KEY_FILE: fileWith('\uFEFFabc-from-file\r\n') });
    expect(secret).toEqual({ value: 'abc-from-file', from: 'the file in KEY_FILE' });
    expect(redact('abc-from-file')).not.toContain('abc-from-file');
  });

  it('prefers the variable', () => {
    expect(readSecret('KEY', { KEY: 'abc-both', KEY_FILE: '/nowhere' })?.from).toBe('KEY');
  });

  it('is undefined when nothing is set', () => {
    expect(readSecret('KEY', {})).toBeUndefined();
    expect(readSecret('KEY', { KEY: '  ', KEY_FILE: ' ' })).toBeUndefined();
  });

  it.each(['planted secret', 'planted\nsecret', 'planted\u0000secret', 'planted“secret”', 'planted\tsecret'])(
    'refuses %j without repeating it',
    (value) => {
      const message = refusal({ KEY: value });
      expect(message).toContain('KEY');
      expect(message).not.toMatch(/planted|secret/);
      expect(refusal({ KEY_FILE: fileWith(value) })).not.toMatch(/planted|secret/);
    },
  );

  it('says why a file cannot be read, but not its path', () => {
    expect(refusal({ KEY_FILE: '/nowhere/planted' })).toBe('Cannot read the file in KEY_FILE: there is no such file');
    expect(refusal({ KEY_FILE: folder })).toBe('Cannot read the file in KEY_FILE: it is a directory');
    expect(refusal({ KEY_FILE: fileWith(' \n') })).toBe('The file in KEY_FILE is empty');
    expect(refusal({ KEY_FILE: fileWith('a'.repeat(70_000)) })).toBe(
      'The file in KEY_FILE is too large to be a secret',
    );
  });
});
