import { writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadRulesFile, pickOrganization } from '../../src/config/load.js';
import { RulesFileError, UsageError } from '../../src/errors.js';
import { ALL_FIELDS } from '../../src/pipeline/lead-files.js';
import { tempDir } from '../helpers/temp-dir.js';

const valid = (name: string) => loadRulesFile(`fixtures/rules/valid/${name}.yaml`);

function temporary(content: string | Buffer): string {
  const path = join(tempDir(), 'rules.yaml');
  writeFileSync(path, content);
  return path;
}

describe('loadRulesFile', () => {
  it('fills in every default', () => {
    const file = valid('minimal');
    expect(file.path).toBe(resolve('fixtures/rules/valid/minimal.yaml'));
    expect(file.warnings).toEqual([]);
    expect(file).not.toHaveProperty('database');
    expect(pickOrganization(file)).toEqual({
      organization: 'default',
      smartlead: {
        apiKeyEnv: 'SMARTLEAD_API_KEY',
        baseUrl: 'https://server.smartlead.ai/api/v1',
        batchSize: 100,
        rateLimit: [{ requests: 10, perMs: 2000 }],
        settings: {
          ignore_global_block_list: false,
          ignore_unsubscribe_list: false,
          ignore_duplicate_leads_in_other_campaign: true,
        },
        customFieldsLimit: 200,
      },
      health: {
        greenAt: 80,
        yellowAt: 50,
        penalties: { role: 30, tld: 25, catchAll: 25, typo: 25 },
        allow: [],
        block: [],
      },
      fields: {},
      signFields: { unsubscribed: [], bounced: [], verifier: [], ignore: [] },
      customFields: 'all',
      rules: [{ persona: 'VP Sales', min_score: 0, target_campaign_id: '1', priority: 0, line: 2 }],
      tests: [],
    });
  });

  it.each(ALL_FIELDS)('fields: takes %s, as --map does', (field) => {
    const file = loadRulesFile(temporary(`fields: { ${field}: Column }\nrules: []\n`));
    const { fields, signFields } = pickOrganization(file);
    expect(JSON.stringify([fields, signFields])).toContain('Column');
  });

  it('reads every key', () => {
    const file = valid('everything');
    expect(file.database).toBe(resolve('fixtures/rules/valid/data/acme.db'));
    expect(pickOrganization(file)).toEqual({
      organization: 'acme',
      smartlead: {
        apiKeyEnv: 'ACME_KEY',
        baseUrl: 'http://localhost:4010/api/v1',
        batchSize: 400,
        rateLimit: [
          { requests: 10, perMs: 2000 },
          { requests: 60, perMs: 60_000 },
          { requests: 1000, perMs: 3_600_000 },
          { requests: 5, perMs: 500 },
        ],
        settings: {
          ignore_global_block_list: true,
          ignore_unsubscribe_list: true,
          ignore_duplicate_leads_in_other_campaign: false,
        },
        customFieldsLimit: 20,
        webhookSecretEnv: 'SMARTLEAD_WEBHOOK_SECRET',
      },
      health: {
        greenAt: 90,
        yellowAt: 40.5,
        penalties: { role: 0, tld: 100, catchAll: 10, typo: 5 },
        allow: ['acme.com', 'boss@globex.com'],
        block: ['bücher.example'],
      },
      fields: { email: 'Work Email', persona: 'Job Title' },
      signFields: { unsubscribed: ['Opted Out'], bounced: [], verifier: [], ignore: [] },
      customFields: ['Industry', 'Head count'],
      rules: [{ persona: 'VP Sales', min_score: 0, target_campaign_id: '123456', priority: 0, line: 30 }],
      tests: [
        {
          name: 'one',
          lead: { email: 'a@acme.com', persona: 'vp sales', phone: '+49 30 1234' },
          expect: 'blocked',
          line: 33,
        },
      ],
      clay: { secretEnv: 'CLAY_WEBHOOK_SECRET' },
      alerts: { urlEnv: 'ALERT_URL', failureRate: 0.2, windowMs: 3_600_000 },
    });
  });

  it('keeps whole numbers as ids, and trims', () => {
    const { rules, tests } = pickOrganization(valid('unquoted-ids'));
    expect(rules).toEqual([
      { persona: ['CEO', 'CTO'], min_score: -1.5, target_campaign_id: '123456', priority: -2, line: 2 },
      { persona: '*', min_score: 0, target_campaign_id: 'abc_1-2', priority: 0, line: 3 },
    ]);
    expect(tests.map((test) => test.expect)).toEqual(['123456', 'held']);
    expect(tests[1]?.lead).toEqual({ email: 'a@acme.com', verifier: 'risky', unsubscribed: false });
  });

  it('warns of an organization without rules', () => {
    expect(valid('no-rules').warnings).toEqual([
      'fixtures/rules/valid/no-rules.yaml:1:1: no rules for default: every lead will wait in the holding pool',
    ]);
  });

  it('is YAML 1.2 whatever the file says', () => {
    expect(pickOrganization(valid('yaml-1.1-directive')).organization).toBe('yes');
  });

  it('takes a byte order mark and Windows line ends', () => {
    expect(pickOrganization(valid('windows-line-ends')).rules[0]?.line).toBe(3);
  });

  it('knows the line of what the file sets, and that a default has none', () => {
    const one = valid('everything');
    expect(one.lineOf('acme', ['smartlead', 'batch_size'])).toBe(6);
    expect(one.lineOf('acme', ['alerts', 'window'])).toBeUndefined();
    const several = valid('several');
    expect(several.lineOf('acme', ['smartlead', 'api_key_env'])).toBe(4);
    expect(several.lineOf('nobody', ['rules'])).toBeUndefined();
  });

  it('lets organizations share what an anchor names', () => {
    const file = valid('aliases');
    const { rules, health } = pickOrganization(file, 'globex');
    expect(rules).toEqual(pickOrganization(file, 'acme').rules);
    expect(health.greenAt).toBe(90);
  });

  it('expands ~ in the path of the database', () => {
    expect(loadRulesFile(temporary('database: ~/leads.db\nrules: []\n')).database).toBe(join(homedir(), 'leads.db'));
  });

  it('names a file that is missing, a directory or too large', () => {
    const message = (path: string) => {
      try {
        loadRulesFile(path);
      } catch (error) {
        return error instanceof RulesFileError ? error.message : undefined;
      }
      return undefined;
    };
    expect(message('nowhere/rules.yaml')).toBe(
      'nowhere/rules.yaml: the rules file cannot be read: there is no such file',
    );
    expect(message('fixtures')).toBe('fixtures: the rules file cannot be read: it is a directory');
    expect(message(temporary('#'.repeat(256 * 1024 + 1)))).toMatch(
      /rules\.yaml: the rules file is larger than 256 KB$/,
    );
  });

  const hostile = {
    brackets: '['.repeat(262_144),
    mappings: '{a: '.repeat(65_536),
    'closing brackets': ']'.repeat(262_144),
    keys: Array.from({ length: 30_000 }, (_, i) => `k${i}:`).join('\n'),
    'empty rules': `rules: [${'{},'.repeat(80_000)}]`,
    commas: `rules: [${','.repeat(262_000)}]`,
    organizations: `organizations:\n${Array.from({ length: 15_000 }, (_, i) => ` o${i}: {}`).join('\n')}`,
    'shared rules': `organizations:\n a: {rules: &r [${'{persona: a, target_campaign_id: 1},'.repeat(6000)}]}\n${Array.from({ length: 99 }, (_, i) => ` o${i}: {rules: *r}`).join('\n')}`,
  };

  it.each(Object.entries(hostile))(
    'refuses a file full of %s in little time',
    (_, content) => {
      const path = temporary(content);
      const before = process.cpuUsage();
      expect(() => loadRulesFile(path)).toThrow(RulesFileError);
      // the work it takes, not the time: other tests run beside it
      const { user, system } = process.cpuUsage(before);
      expect((user + system) / 1000).toBeLessThan(10_000);
    },
    60_000,
  );
});

describe('pickOrganization', () => {
  const several = valid('several');

  it('keeps the order of the file', () => {
    expect([...several.organizations.keys()]).toEqual(['acme', 'globex.eu', '7']);
    expect(several.database).toBe(resolve('fixtures/rules/shared.db'));
  });

  it('finds the one asked for, and the only one', () => {
    expect(pickOrganization(several, 'globex.eu').organization).toBe('globex.eu');
    expect(pickOrganization(valid('everything'), 'acme').organization).toBe('acme');
    expect(pickOrganization(valid('minimal'), '').organization).toBe('default');
  });

  it('needs a name when there are several', () => {
    expect(() => pickOrganization(several)).toThrow(
      new UsageError(
        'The rules file has several organizations: acme, globex.eu, 7',
        'Name one with --org or DRASON_ORG.',
      ),
    );
  });

  it('suggests the nearest, or lists what there is', () => {
    expect(() => pickOrganization(several, 'acmee')).toThrow('no organization "acmee"; did you mean "acme"?');
    expect(() => pickOrganization(several, 'initech')).toThrow('no organization "initech"; known: acme, globex.eu, 7');
  });
});
