import type { TestConfig } from '../config/schema.js';
import type { Lead } from '../lead.js';
import { type Decider, type Decision, decide } from './decide.js';
import { destinationOf, reasonFor } from './explain.js';

/** One of the rules file's own tests, run. */
export interface TestResult {
  name: string;
  line: number;
  expected: string;
  found: string;
  passed: boolean;
  why: string;
}

/** A lead without an address: only the rules decide, the gate is skipped. */
const PASSES_THE_GATE = { classification: 'GREEN', score: 100, signals: [] } as const;

/** Decides about a lead given on the command line or in `tests:`; without an address the gate is skipped. `suppressedFor`: what the store knows. */
export function tryLead(
  lead: Partial<Lead>,
  decider: Decider,
  suppressedFor?: string,
): { lead: Lead; decision: Decision } {
  const whole: Lead = { email: '', custom_fields: {}, ...lead };
  const skipGate = lead.email === undefined;
  const gate: Decider['gate'] = skipGate ? () => ({ ...PASSES_THE_GATE, signals: [] }) : decider.gate;
  return { lead: whole, decision: decide(whole, suppressedFor, { ...decider, gate }) };
}

function nameOf(test: TestConfig): string {
  if (test.name !== undefined) return test.name;
  return Object.entries(test.lead)
    .map(([field, value]) => `${field} ${String(value)}`)
    .join(', ');
}

/** Runs the `tests:` of a rules file. */
export function runRuleTests(tests: readonly TestConfig[], decider: Decider): TestResult[] {
  return tests.map((test) => {
    const { lead, decision } = tryLead(test.lead, decider);
    const found = destinationOf(decision);
    return {
      name: nameOf(test),
      line: test.line,
      expected: test.expect,
      found,
      passed: found === test.expect,
      why: reasonFor(lead, decision, decider),
    };
  });
}
