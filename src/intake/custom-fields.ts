import { isRecord, parseExact, toScalar } from '../exact-json.js';
import type { Lead } from '../lead.js';
import { ALIASES } from './aliases.js';
import type { Cell, ColumnPlan } from './columns.js';
import { normalizeHeader } from './headers.js';
import { setOwn } from './own-property.js';

/** Adds the entries of the `custom_fields` columns, which hold an object as JSON text. Other text stays one field. */
export function readCustomFields(
  fields: Lead['custom_fields'],
  cells: readonly Cell[],
  columns: readonly number[],
  plan: ColumnPlan,
): void {
  for (const index of columns) {
    const cell = cells[index];
    if (cell === undefined || cell === '') continue;
    const bag = typeof cell === 'string' ? parseObject(cell) : undefined;
    if (bag === undefined) {
      if (plan.keepsCustom('custom_fields')) setOwn(fields, 'custom_fields', cell);
      continue;
    }
    for (const [name, value] of Object.entries(bag)) {
      const scalar = toScalar(value);
      if (scalar !== undefined && scalar !== '' && plan.keepsCustom(name)) setOwn(fields, name, scalar);
    }
  }
}

/** The job title among custom fields, which is where Smartlead keeps it; '' if there is none. */
export function titleAmong(fields: Lead['custom_fields']): string {
  for (const [name, value] of Object.entries(fields)) {
    if (ALIASES.title.includes(normalizeHeader(name))) return String(value).trim();
  }
  return '';
}

function parseObject(text: string): Record<string, unknown> | undefined {
  if (!text.trimStart().startsWith('{')) return undefined;
  try {
    const value = parseExact(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
