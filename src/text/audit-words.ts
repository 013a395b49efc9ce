/** Kept for the software: told elsewhere, or of no use to a reader. */
const UNTOLD = new Set(['run', 'rules', 'line', 'score', 'message', 'smartlead_lead_id']);

function valueText(value: unknown): string {
  if (Array.isArray(value)) return value.map(valueText).join(', ');
  if (typeof value === 'object' && value !== null) {
    if ('name' in value && 'penalty' in value) return `${value.name} −${value.penalty}`;
    return Object.entries(value)
      .map(([key, one]) => `${key} ${valueText(one)}`)
      .join(', ');
  }
  return value === null ? 'none' : String(value);
}

/** The details of an entry as a short text, what matters most first. */
export function detailsText(
  details: Readonly<Record<string, unknown>>,
  campaigns: ReadonlyMap<string, string>,
): string {
  const { reason, message, campaign, health, score, rule, file, line, ...others } = details;
  const parts: string[] = [];
  if (reason !== undefined) parts.push(message === undefined ? valueText(reason) : `${reason}: ${message}`);
  else if (message !== undefined) parts.push(valueText(message));
  if (campaign !== undefined) {
    const name = campaigns.get(String(campaign));
    parts.push(`campaign ${campaign}${name === undefined ? '' : ` ${name}`}`);
  }
  if (rule !== undefined) parts.push(typeof rule === 'number' ? `rule ${rule + 1}` : `rule ${valueText(rule)}`);
  if (health !== undefined) parts.push(`${health}${score === undefined ? '' : ` ${score}`}`);
  for (const [key, value] of Object.entries(others)) {
    if (UNTOLD.has(key)) continue;
    const name = key.replaceAll('_', ' ');
    parts.push(value === true ? name : `${name} ${valueText(value)}`);
  }
  if (file !== undefined) parts.push(`${file === '-' ? 'stdin' : file}${line === undefined ? '' : `:${line}`}`);
  return parts.join(' · ');
}
