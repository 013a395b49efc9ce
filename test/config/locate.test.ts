import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { smartleadBaseUrl } from '../../src/config/base-url.js';
import { configDir, dataDir, findDatabase, findRulesFile } from '../../src/config/locate.js';
import { RulesFileError, UsageError } from '../../src/errors.js';
import { tempDir } from '../helpers/temp-dir.js';

function folders() {
  const root = tempDir();
  const env: NodeJS.ProcessEnv = { XDG_CONFIG_HOME: join(root, 'config'), XDG_DATA_HOME: join(root, 'data') };
  const cwd = join(root, 'work');
  mkdirSync(cwd);
  const put = (path: string) => {
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, 'rules: []\n');
    return path;
  };
  return { env, cwd, put };
}

describe('findRulesFile', () => {
  it('looks at the flag, the environment, the working directory, the user’s directory', () => {
    const { env, cwd, put } = folders();
    const users = put(join(configDir(env), 'rules.yaml'));
    expect(findRulesFile({ env, cwd })).toBe(users);
    const here = put(join(cwd, 'rules.yaml'));
    expect(findRulesFile({ env: { ...env, DRASON_RULES: '' }, cwd })).toBe(here);
    const byEnv = put(join(cwd, 'env.yaml'));
    expect(findRulesFile({ env: { ...env, DRASON_RULES: 'env.yaml' }, cwd })).toBe(byEnv);
    const byFlag = put(join(cwd, 'flag.yaml'));
    expect(findRulesFile({ flag: 'flag.yaml', env: { ...env, DRASON_RULES: 'env.yaml' }, cwd })).toBe(byFlag);
  });

  it('takes rules.yml, too, where there is no rules.yaml beside it', () => {
    const { env, cwd, put } = folders();
    const users = put(join(configDir(env), 'rules.yml'));
    expect(findRulesFile({ env, cwd })).toBe(users);
    const short = put(join(cwd, 'rules.yml'));
    expect(findRulesFile({ env, cwd })).toBe(short);
    const long = put(join(cwd, 'rules.yaml'));
    expect(findRulesFile({ env, cwd })).toBe(long);
  });

  it('says where it looked, and what to do', () => {
    const { env, cwd } = folders();
    try {
      findRulesFile({ env, cwd });
      expect.unreachable();
    } catch (error) {
      if (!(error instanceof RulesFileError)) throw error;
      for (const place of ['--rules', 'DRASON_RULES', join(cwd, 'rules.yaml'), join(configDir(env), 'rules.yaml')]) {
        expect(error.message).toContain(place);
      }
      expect(error.next).toContain('drason init');
    }
  });

  it('does not look further when the one asked for is missing', () => {
    const { env, cwd, put } = folders();
    put(join(cwd, 'rules.yaml'));
    expect(() => findRulesFile({ flag: 'gone.yaml', env, cwd })).toThrow(
      '--rules names a rules file that does not exist',
    );
    expect(() => findRulesFile({ env: { ...env, DRASON_RULES: 'gone.yaml' }, cwd })).toThrow('DRASON_RULES names');
  });
});

describe('findDatabase', () => {
  it('takes the flag, the environment, the rules file, the user’s directory', () => {
    const { env } = folders();
    const withEnv = { ...env, DRASON_DB: 'env.db' };
    expect(findDatabase({ flag: 'flag.db', env: withEnv, fromRules: '/r.db' })).toEqual({
      path: resolve('flag.db'),
      from: 'flag',
    });
    expect(findDatabase({ env: withEnv, fromRules: '/r.db' })).toEqual({
      path: resolve('env.db'),
      from: 'environment',
    });
    expect(findDatabase({ env, fromRules: '/r.db' })).toEqual({ path: '/r.db', from: 'rules file' });
    expect(findDatabase({ env })).toEqual({ path: join(dataDir(env), 'drason.db'), from: 'default' });
  });

  it('ignores a relative XDG directory', () => {
    expect(dataDir({ XDG_DATA_HOME: 'data' })).toBe(dataDir({}));
  });
});

describe('smartleadBaseUrl', () => {
  const config = { smartlead: { baseUrl: 'https://file.example/api' } };

  it.each([
    ['https://server.smartlead.ai/api/v1/', 'https://server.smartlead.ai/api/v1'],
    ['http://localhost:4010', 'http://localhost:4010'],
    ['http://127.0.0.1:1/x//', 'http://127.0.0.1:1/x'],
    ['http://[::1]:1', 'http://[::1]:1'],
    [' ', 'https://file.example/api'],
    [undefined, 'https://file.example/api'],
  ])('%s → %s', (value, expected) => {
    expect(smartleadBaseUrl(config, { SMARTLEAD_BASE_URL: value })).toBe(expected);
  });

  it.each([
    'http://proxy.acme.com',
    'http://localhost.planted.com',
    'http://planted@localhost:1',
    'https://x.com/?api_key=planted',
    'https://x.com/#planted',
    'ftp://planted.com',
    'planted',
  ])('refuses %s without repeating it', (value) => {
    const attempt = () => smartleadBaseUrl(config, { SMARTLEAD_BASE_URL: value });
    expect(attempt).toThrow(UsageError);
    expect(attempt).toThrow(/^SMARTLEAD_BASE_URL: (?!.*planted)/);
  });
});
