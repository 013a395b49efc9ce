import type { Lead, TextField } from '../lead.js';
import type { Meaning } from './aliases.js';
import type { Cell, ColumnPlan } from './columns.js';
import { readCustomFields, titleAmong } from './custom-fields.js';
import { setOwn } from './own-property.js';
import { type NoAddress, noAddressReason, readAddress } from './read-address.js';
import { signalReader } from './row-signals.js';
import { parseScore } from './score.js';
import { textOf } from './text-of.js';

/** Turns the cells of one row into a lead, or says why not. */
export type LeadBuilder = (cells: readonly Cell[]) => Lead | { reason: string; email?: string | NoAddress };

/** Fields that are simply their column's text. */
const PLAIN: readonly TextField[] = ['company', 'website', 'linkedin_url', 'company_url'];
const NONE: readonly number[] = [];

/**
 * Prepares the reading of rows whose columns mean `plan`. `source` is the leads' source field; `forced` when the user
 * set it, in which case it wins over a source column.
 */
export function leadBuilder(plan: ColumnPlan, source: string, forced: boolean): LeadBuilder {
  const columns = (meaning: Meaning) => plan.byMeaning.get(meaning) ?? NONE;
  const plain = PLAIN.map((field) => ({ field, from: columns(field) })).filter(({ from }) => from.length > 0);
  const email = columns('email');
  const score = columns('lead_score');
  const [first, last, full] = [columns('first_name'), columns('last_name'), columns('full_name')];
  const [persona, title, phone] = [columns('persona'), columns('title'), columns('phone')];
  const location = columns('location');
  const place = [columns('city'), columns('state'), columns('country')];
  const sourceColumns = forced ? NONE : columns('source');
  const bags = columns('custom_fields');
  const signals = signalReader(plan);

  return (cells) => {
    // Columns that filled in for an empty first one: in this row they are the field, not a custom field.
    const spent: number[] = [];
    const take = (from: readonly number[]): string => firstText(cells, from, spent);

    const address = firstAddress(cells, email, spent);
    if (typeof address === 'object') return { reason: noAddressReason(address), email: address };
    const lead: Lead = { email: address, custom_fields: {} };
    for (const index of score) {
      const parsed = parseScore(cells[index]);
      if (typeof parsed === 'object') return { ...parsed, email: address };
      if (parsed !== undefined) {
        lead.lead_score = parsed;
        if (index !== score[0]) spent.push(index);
        break;
      }
    }

    const firstName = take(first);
    const lastName = take(last);
    if (firstName !== '') lead.first_name = firstName;
    if (lastName !== '') lead.last_name = lastName;
    if (full.length > 0 && firstName === '' && lastName === '') splitName(lead, take(full));
    for (const { field, from } of plain) {
      const text = take(from);
      if (text !== '') lead[field] = text;
    }
    const number = withoutApostrophe(take(phone));
    if (number !== '') lead.phone = number;
    const where = take(location) || place.map(take).filter(Boolean).join(', ');
    if (where !== '') lead.location = where;
    lead.source = take(sourceColumns) || source;

    if (bags.length > 0) readCustomFields(lead.custom_fields, cells, bags, plan);
    const job = take(title) || (bags.length > 0 ? titleAmong(lead.custom_fields) : '');
    if (job !== '') lead.title = job;
    // An object without the field persona is like a file without that column: the title stands in.
    const hasPersona = persona.some((index) => cells[index] !== undefined);
    const role = hasPersona ? take(persona) : job;
    if (role !== '') lead.persona = role;

    for (const { index, key, spareFor } of plan.custom) {
      const cell = cells[index];
      if (cell === undefined || (spareFor !== undefined && spent.includes(index))) continue;
      const text = typeof cell === 'string' ? cell.trim() : cell;
      const value = spareFor === 'phone' && typeof text === 'string' ? withoutApostrophe(text) : text;
      if (value !== '') setOwn(lead.custom_fields, key, value);
    }
    signals(lead, cells);
    return lead;
  };
}

function firstText(cells: readonly Cell[], from: readonly number[], spent: number[]): string {
  for (let rank = 0; rank < from.length; rank++) {
    const index = from[rank] ?? -1;
    const text = textOf(cells[index]);
    if (text === '') continue;
    if (rank > 0) spent.push(index);
    return text;
  }
  return '';
}

/** The address of the first column that does not say that there is none. */
function firstAddress(cells: readonly Cell[], from: readonly number[], spent: number[]): string | NoAddress {
  let none = { none: '' };
  for (let rank = 0; rank < from.length; rank++) {
    const index = from[rank] ?? -1;
    const read = readAddress(textOf(cells[index]));
    if (typeof read === 'object' && 'none' in read) {
      if (none.none === '') none = read;
      continue;
    }
    if (rank > 0) spent.push(index);
    return read;
  }
  return none;
}

/** Spreadsheets put an apostrophe before a number that is to stay text. */
function withoutApostrophe(phone: string): string {
  return phone.startsWith("'") ? phone.slice(1).trimStart() : phone;
}

/** The first word is the first name, the rest the last name. */
function splitName(lead: Lead, name: string): void {
  const [firstName = '', ...rest] = name.split(/\s+/);
  if (firstName !== '') lead.first_name = firstName;
  if (rest.length > 0) lead.last_name = rest.join(' ');
}
