import { readFileSync } from 'node:fs';
import { leadBuilder } from '../../../src/intake/build-lead.js';
import { planColumns } from '../../../src/intake/columns.js';

const FOLDER = new URL('../../../fixtures/stop-signs/', import.meta.url);

/** The lines of a fixture, each split at `|`; comments left out. */
export function fixtureLines(name: string): string[][] {
  return readFileSync(new URL(name, FOLDER), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split('|'));
}

/** What the row `[an address, value]` comes to in a file whose columns are `email` and `header`. */
export function readCell(header: string, value: string, sampled: readonly string[]): string {
  const sample = sampled.map((text) => ['jo@kestrel-freight.com', text]);
  const options = { map: {}, fields: {}, customFields: 'all', trusted: true } as const;
  const plan = planColumns('leads.csv', ['email', header], options, true, sample);
  const lead = leadBuilder(plan, 'csv', false)(['jo@kestrel-freight.com', value]);
  if ('reason' in lead) return `rejected: ${lead.reason}`;
  if (lead.unsubscribed) return 'opted out';
  if (lead.verifier === 'bounced' || lead.verifier === 'invalid') return lead.verifier;
  const [sign] = lead.review ?? [];
  return sign ? `review: ${sign.why}` : (lead.verifier ?? 'passes');
}

/** Whether an outcome of {@link readCell} keeps a lead from being sent. */
export const isStopped = (outcome: string) => !['passes', 'valid', 'risky'].includes(outcome);
