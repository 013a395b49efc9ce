import type { InputPlan } from '../intake/read-leads.js';
import type { StopCount } from '../intake/stop-signs/stop-counts.js';
import { type Sign, STRICTEST_FIRST } from '../intake/stop-signs/value-words.js';

const DELIMITER_NAMES: Record<string, string> = { ',': 'comma', ';': 'semicolon', '\t': 'tab', '|': 'pipe' };

/** What was found out about a file's form: `CSV, utf-8, delimiter comma, apollo export`. */
export function formOfFile(plan: InputPlan): string {
  const what = [plan.format.toUpperCase(), ...(plan.compressed ? ['gzip'] : [])];
  what.push(plan.sheet === undefined ? plan.encoding : `sheet ${plan.sheet}`);
  if (plan.delimiter !== undefined) what.push(`delimiter ${DELIMITER_NAMES[plan.delimiter] ?? plan.delimiter}`);
  if (plan.source !== undefined) what.push(`${plan.source} export`);
  return what.join(', ');
}

const SIGN_WORDS: Readonly<Record<Sign, string>> = {
  opted_out: 'opted out',
  bounced: 'bounced',
  invalid: 'invalid',
  not_to_mail: 'not to mail',
  no_consent: 'without consent',
  unclear: 'not understood',
  risky: 'risky',
  valid: 'valid',
  clear: 'clear',
};

/** A column that can stop somebody: `ZB Status (verifier: 4 invalid, 1 risky)`. */
export function describeStop({ column, taken, counts }: StopCount): string {
  const found = STRICTEST_FIRST.flatMap((sign) => (counts[sign] ? [`${counts[sign]} ${SIGN_WORDS[sign]}`] : []));
  return `${column} (${taken}: ${found.length > 0 ? found.join(', ') : 'nobody in the first rows'})`;
}

/** One line a file: what was guessed, and the mapping. Said before the work. */
export function describePlan(plan: InputPlan): string[] {
  const name = plan.name === '-' ? 'stdin' : plan.name;
  const lines = [`${name}: ${formOfFile(plan)}`];
  const mapped = plan.mapping.map(({ field, column }) => (field === column ? field : `${field} ← ${column}`));
  if (mapped.length > 0) lines.push(`  ${mapped.join(' · ')}`);
  for (const stop of plan.stops) lines.push(`  stops ← ${describeStop(stop)}`);
  if (plan.customFields.length > 0) lines.push(`  custom fields: ${plan.customFields.join(', ')}`);
  if (plan.ignored.length > 0) lines.push(`  not used: ${plan.ignored.join(', ')}`);
  return [...lines, ...plan.notes.map((note) => `  note: ${note}`)];
}
