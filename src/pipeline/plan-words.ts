import type { InputPlan } from '../intake/read-leads.js';

const DELIMITER_NAMES: Record<string, string> = { ',': 'comma', ';': 'semicolon', '\t': 'tab', '|': 'pipe' };

/** What was found out about a file's form: `CSV, utf-8, delimiter comma, apollo export`. */
export function formOfFile(plan: InputPlan): string {
  const what = [plan.format.toUpperCase(), ...(plan.compressed ? ['gzip'] : [])];
  what.push(plan.sheet === undefined ? plan.encoding : `sheet ${plan.sheet}`);
  if (plan.delimiter !== undefined) what.push(`delimiter ${DELIMITER_NAMES[plan.delimiter] ?? plan.delimiter}`);
  if (plan.source !== undefined) what.push(`${plan.source} export`);
  return what.join(', ');
}

/** One line a file: what was guessed, and the mapping. Said before the work. */
export function describePlan(plan: InputPlan): string[] {
  const name = plan.name === '-' ? 'stdin' : plan.name;
  const lines = [`${name}: ${formOfFile(plan)}`];
  const mapped = plan.mapping.map(({ field, column }) => (field === column ? field : `${field} ← ${column}`));
  if (mapped.length > 0) lines.push(`  ${mapped.join(' · ')}`);
  if (plan.customFields.length > 0) lines.push(`  custom fields: ${plan.customFields.join(', ')}`);
  if (plan.ignored.length > 0) lines.push(`  not used: ${plan.ignored.join(', ')}`);
  return [...lines, ...plan.notes.map((note) => `  note: ${note}`)];
}
