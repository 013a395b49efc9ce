import type { OrganizationConfig } from '../config/schema.js';
import { DEFAULT_GATE, makeGate } from '../health/gate.js';
import type { HealthClass, Lead } from '../lead.js';
import { makeDecider } from '../pipeline/decide.js';
import { runRuleTests } from '../pipeline/rule-tests.js';
import { type Finding as LintFinding, lintRules } from '../routing/lint-rules.js';
import { type Finding, failed, ok, warning } from './finding.js';

/** Leads whose class under the default penalties is known: one for each way through the gate. */
const SAMPLES: ReadonlyArray<readonly [lead: Pick<Lead, 'email' | 'verifier'>, expected: HealthClass]> = [
  [{ email: 'jo.miller@example.com' }, 'GREEN'],
  [{ email: 'jo.miller@example.com', verifier: 'risky' }, 'YELLOW'],
  [{ email: 'jo.miller@example.com', verifier: 'invalid' }, 'RED'],
  [{ email: 'info@example.com' }, 'YELLOW'],
  [{ email: 'jo.miller@gmial.com' }, 'YELLOW'],
  [{ email: 'jo.miller@mailinator.com' }, 'RED'],
  [{ email: 'jo.miller@example' }, 'RED'],
];

/** Runs the health gate's own samples: its lists of domains are there and are read as they should. */
export function checkGate(): Finding {
  const gate = makeGate(DEFAULT_GATE);
  const wrong = SAMPLES.flatMap(([lead, expected]) => {
    const { classification } = gate(lead);
    return classification === expected ? [] : [`${lead.email} is ${classification}, not ${expected}`];
  });
  if (wrong.length === 0) return ok('health gate', `all ${SAMPLES.length} samples are classified as they should`);
  return failed('health gate', wrong.join('; '), 'Install drason again: a list of domains is missing or damaged.');
}

const LINT_FIX: Record<LintFinding['kind'], string> = {
  unreachable: 'Remove the rule, or give it a higher priority.',
  tie: 'Give the rules different priorities.',
  gap: 'Add a rule for them if they are to be sent.',
  list: 'Write several personas as a list.',
};

function checkSoundness(rules: Parameters<typeof lintRules>[0]): Finding[] {
  if (rules.rules.length === 0) {
    const fix = 'Add rules, as rules.example.yaml shows them.';
    return [warning('rules', 'there are none: every lead will wait in the holding pool', fix)];
  }
  const findings = lintRules(rules).map(({ kind, message }) => {
    const found = kind === 'unreachable' ? failed : warning;
    return found('rules', `${kind}: ${message}`, LINT_FIX[kind]);
  });
  const count = rules.rules.length === 1 ? '1 rule' : `${rules.rules.length} rules`;
  return findings.length > 0 ? findings : [ok('rules', `${count}, nothing to complain about`)];
}

/** Checks the rules of an organization, and runs the tests that the rules file has for them. */
export function checkRules(config: OrganizationConfig): Finding[] {
  const decider = makeDecider(config);
  const tests = runRuleTests(config.tests, decider);
  const wrong = tests.filter(({ passed }) => !passed);
  const findings = checkSoundness(decider.rules);
  if (tests.length === 0) {
    const fix = 'Add tests: to the rules file, as rules.example.yaml shows them.';
    return [...findings, warning('rule tests', 'there are none', fix)];
  }
  if (wrong.length === 0) return [...findings, ok('rule tests', `${tests.length} of ${tests.length} passed`)];
  const named = wrong.map(
    ({ name, line, expected, found }) => `"${name}" on line ${line} expected ${expected}, found ${found}`,
  );
  const message = `${wrong.length} of ${tests.length} failed: ${named.join('; ')}`;
  return [...findings, failed('rule tests', message, 'Correct the rules or the tests; drason rules test says why.')];
}
