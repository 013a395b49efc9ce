import { cleanText } from '../clean-text.js';
import { isRecord, parseExact, toScalar } from '../exact-json.js';
import type { Lead, Scalar } from '../lead.js';
import { ALIASES } from './aliases.js';
import { isPlaceholder } from './blank.js';
import type { Cell } from './cell.js';
import type { ColumnPlan } from './columns.js';
import { foldHeader } from './headers.js';
import { setOwn } from './own-property.js';
import { isSalutation } from './person-name.js';

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
    const bag = parseBag(cell);
    if (bag === undefined) {
      if (plan.keepsCustom('custom_fields')) setOwn(fields, 'custom_fields', cell);
      continue;
    }
    for (const [name, value] of Object.entries(bag)) {
      const scalar = toScalar(value);
      if (scalar !== undefined && !isNothing(scalar) && plan.keepsCustom(name)) setOwn(fields, name, scalar);
    }
  }
}

/**
 * Takes the job title out of custom fields, which is where Smartlead keeps it: it is sent as the title, not twice. With
 * a title from elsewhere, `given`, a different one in a field called Title stays under another name. '' if there is none.
 */
export function takeTitle(fields: Lead['custom_fields'], given: string): string {
  for (const [name, value] of Object.entries(fields)) {
    const folded = foldHeader(name);
    if (given === '' ? !ALIASES.title.includes(folded) : folded !== 'title') continue;
    const text = cleanText(String(value));
    if (given === '' && isSalutation(text)) continue;
    delete fields[name];
    if (given === '') return text;
    if (text !== given) setOwn(fields, `${name} 2`, value);
  }
  return '';
}

function isNothing(value: Scalar): boolean {
  return typeof value === 'string' && (value.trim() === '' || isPlaceholder(value.trim()));
}

/** The entries of a cell that holds an object as JSON text. */
export function parseBag(text: Cell): Record<string, unknown> | undefined {
  if (typeof text !== 'string' || !text.trimStart().startsWith('{')) return undefined;
  try {
    const value = parseExact(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
