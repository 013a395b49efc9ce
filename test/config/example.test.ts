import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { loadRulesFile, pickOrganization } from '../../src/config/load.js';
import type { OrganizationConfig, TestLead } from '../../src/config/schema.js';
import { decide, makeDecider } from '../../src/pipeline/decide.js';
import { tempDir } from '../helpers/temp-dir.js';
import { readFileAll } from '../intake/read-all.js';

const TEXT = readFileSync('rules.example.yaml', 'utf8');

function load(text: string) {
  const path = join(tempDir(), 'rules.yaml');
  writeFileSync(path, text);
  return loadRulesFile(path);
}

/** Routing as the contract has it, in its simplest form; the file has neither ties nor lists. */
function route({ rules }: OrganizationConfig, lead: TestLead): string {
  const same = (a: string, b = '') => a.trim().toLowerCase() === b.trim().toLowerCase();
  const [first] = rules
    .filter((rule) => typeof rule.persona === 'string' && same(rule.persona, lead.persona))
    .filter((rule) => (lead.lead_score ?? 0) >= rule.min_score)
    .sort((a, b) => b.priority - a.priority);
  return first?.target_campaign_id ?? 'held';
}

describe('rules.example.yaml', () => {
  const file = loadRulesFile('rules.example.yaml');
  const example = pickOrganization(file);

  it('loads without a warning and leaves the database where it is by default', () => {
    expect(file.warnings).toEqual([]);
    expect(file.database).toBeUndefined();
  });

  it("explains each of Smartlead's switches: what either value does", () => {
    for (const name of Object.keys(example.smartlead.settings)) {
      const lines = TEXT.split('\n');
      const at = lines.findIndex((line) => line.trim().startsWith(`${name}:`));
      const above = lines.slice(0, at);
      const first = above.findLastIndex((line) => !line.trim().startsWith('#')) + 1;
      const comment = above.slice(first).join(' ');
      expect(comment, name).toMatch(/\bfalse: /);
      expect(comment, name).toMatch(/\btrue: /);
    }
  });

  it('lands most leads of the demo, and keeps one of each kind that does not land', async () => {
    const { leads } = await readFileAll('fixtures/demo/leads.csv');
    const decider = makeDecider(example);
    const decided = leads.map((lead) => ({ lead, ...decide(lead, undefined, decider) }));
    const routed = decided.filter(({ hold_reason }) => hold_reason === 'queued');
    expect(routed.length / leads.length).toBeGreaterThan(0.9);
    const stays = decided.filter(({ hold_reason }) => hold_reason === 'no_route').map(({ lead }) => lead.persona);
    expect(stays.sort()).toEqual(['CTO', 'VP Sales', 'VP of Sales']);
    for (const tag of ['+blocked', '+unsubscribed', '+elsewhere']) {
      expect(
        routed.filter(({ lead }) => lead.email.includes(tag)),
        tag,
      ).toHaveLength(1);
    }
    const signals = decided.filter(({ status }) => status === 'BLOCKED').flatMap(({ health }) => health.signals);
    expect(signals.filter(({ name }) => name === 'disposable')).toHaveLength(1);
  });

  it('shows the defaults', () => {
    const { rules: _, tests: __, ...shown } = example;
    const { rules: ___, tests: ____, ...defaults } = pickOrganization(load('rules: []\n'));
    expect(shown).toEqual(defaults);
  });

  it('shows every setting that has a default', () => {
    const raw = parse(TEXT);
    expect(Object.keys(raw).sort()).toEqual(
      ['custom_fields', 'health', 'organization', 'rules', 'smartlead', 'tests'].sort(),
    );
    const inFile = (of: object) => Object.keys(of).sort();
    const camel = (name: string) => name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
    const { settings, ...smartlead } = raw.smartlead;
    const { settings: defaults, ...others } = example.smartlead;
    expect(inFile(smartlead).map(camel)).toEqual(inFile(others));
    expect(inFile(settings)).toEqual(inFile(defaults));
    expect(inFile(raw.health).map(camel)).toEqual(inFile(example.health));
    expect(inFile(raw.health.penalties).map(camel)).toEqual(inFile(example.health.penalties));
  });

  it('still loads with everything turned on', () => {
    const all = load(TEXT.replaceAll(/^( *)#(?=\S| {2}\S)/gm, '$1'));
    const config = pickOrganization(all);
    expect(all.warnings).toEqual([]);
    expect(all.database).toMatch(/drason\.db$/);
    expect(config.fields).toEqual({ persona: 'Job Title', lead_score: 'ICP Score' });
    expect(config.smartlead.webhookSecretEnv).toBe('SMARTLEAD_WEBHOOK_SECRET');
    expect(config.clay).toEqual({ secretEnv: 'CLAY_WEBHOOK_SECRET' });
    expect(config.alerts).toEqual(pickOrganization(load('rules: []\nalerts: { url_env: ALERT_WEBHOOK_URL }\n')).alerts);
    expect(config.rules.at(-1)?.persona).toBe('*');
  });

  it('shows several organizations in a way that loads', () => {
    const block = TEXT.slice(TEXT.indexOf('# organizations:')).replaceAll(/^# ?/gm, '');
    expect([...load(block).organizations.keys()]).toEqual(['acme', 'globex']);
  });

  it('has rules that give what its tests expect', () => {
    for (const { lead, expect: expected } of example.tests.filter((test) => test.expect !== 'blocked')) {
      expect(route(example, lead), JSON.stringify(lead)).toBe(expected);
    }
    expect(example.tests.filter((test) => test.expect === 'blocked').map((test) => test.lead.email)).toEqual([
      'someone@mailinator.com',
    ]);
  });
});
