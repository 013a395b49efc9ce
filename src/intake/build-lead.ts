import { cleanText } from '../clean-text.js';
import type { Lead, TextField } from '../lead.js';
import { remember } from '../remember.js';
import type { Meaning } from './aliases.js';
import { isNamePlaceholder, isPlaceholder } from './blank.js';
import type { Cell } from './cell.js';
import type { ColumnPlan } from './columns.js';
import { readCustomFields, takeTitle } from './custom-fields.js';
import { foldHeader } from './headers.js';
import { setOwn } from './own-property.js';
import { cleanName, isSalutation, splitFullName } from './person-name.js';
import { isScientific } from './phone.js';
import { type NoAddress, noAddressReason, readAddress } from './read-address.js';
import { signalReader } from './row-signals.js';
import { parseScore } from './score.js';
import { textOf } from './text-of.js';

/** Turns the cells of one row into a lead, or says why not. */
export type LeadBuilder = (cells: readonly Cell[]) => Lead | { reason: string; email?: string | NoAddress };

/** Fields that are simply their column's text. */
const PLAIN: readonly TextField[] = ['company', 'website', 'linkedin_url', 'company_url'];
const NONE: readonly number[] = [];
const SALUTATION = 'Salutation';

/** Titles repeat from row to row. */
const knownSalutation = remember(isSalutation);

/**
 * Prepares the reading of rows whose columns mean `plan`. `source` is the leads' source field; `forced` when the user
 * set it, in which case it wins over a source column.
 */
export function leadBuilder(plan: ColumnPlan, source: string, forced: boolean): LeadBuilder {
  const columns = (meaning: Meaning) => plan.byMeaning.get(meaning) ?? NONE;
  const plain = PLAIN.map((field) => ({ field, from: columns(field) })).filter(({ from }) => from.length > 0);
  const email = columns('email');
  const score = columns('lead_score');
  const [persona, title, phone] = [columns('persona'), columns('title'), columns('phone')];
  const location = columns('location');
  const place = [columns('city'), columns('state'), columns('country')];
  const sourceColumns = forced ? NONE : columns('source');
  const bags = columns('custom_fields');
  const nameOf = nameReader(columns('first_name'), columns('last_name'), columns('full_name'));
  const addCustomFields = customFieldReader(plan);
  const signals = signalReader(plan);

  return (cells) => {
    // Columns that filled in for an empty first one: in this row they are the field, not a custom field.
    const spent: number[] = [];
    const read = (from: readonly number[]): string => firstText(cells, from, spent, plainText);

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

    nameOf(lead, cells, spent);
    for (const { field, from } of plain) {
      const text = read(from);
      if (text !== '') lead[field] = text;
    }
    const number = firstText(cells, phone, spent, phoneText);
    if (number !== '') lead.phone = number;
    const where = read(location) || place.map(read).filter(Boolean).join(', ');
    if (where !== '') lead.location = where;
    lead.source = read(sourceColumns) || source;

    if (bags.length > 0) readCustomFields(lead.custom_fields, cells, bags, plan);
    const ownTitle = firstText(cells, title, spent, titleText);
    const job = (bags.length > 0 ? takeTitle(lead.custom_fields, ownTitle) : '') || ownTitle;
    if (job !== '') lead.title = job;
    // An object without the field persona is like a file without that column: the title stands in.
    const hasPersona = persona.some((index) => cells[index] !== undefined);
    const role = hasPersona ? read(persona) : job;
    if (role !== '') lead.persona = role;

    addCustomFields(lead, cells, spent);
    signals(lead, cells);
    return lead;
  };
}

function firstText(
  cells: readonly Cell[],
  from: readonly number[],
  spent: number[],
  read: (cell: Cell) => string,
): string {
  for (let rank = 0; rank < from.length; rank++) {
    const index = from[rank] ?? -1;
    const text = read(cells[index]);
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

function plainText(cell: Cell): string {
  const text = cleanText(textOf(cell));
  return isPlaceholder(text) ? '' : text;
}

/** Spreadsheets put an apostrophe before a number that is to stay text; one they made a float of has lost its digits. */
function phoneText(cell: Cell): string {
  const text = plainText(cell);
  if (isScientific(text)) return '';
  return text.startsWith("'") ? text.slice(1).trimStart() : text;
}

/** A job title; `Mr.` and `Dr.`, which address books keep in a column called Title, are none. */
function titleText(cell: Cell): string {
  const text = plainText(cell);
  return knownSalutation(text) ? '' : text;
}

type FieldReader = (lead: Lead, cells: readonly Cell[], spent: number[]) => void;

function nameReader(first: readonly number[], last: readonly number[], full: readonly number[]): FieldReader {
  const nameText = (cell: Cell) => cleanName(textOf(cell));
  return (lead, cells, spent) => {
    let name = { first: firstText(cells, first, spent, nameText), last: firstText(cells, last, spent, nameText) };
    // A column called just Name, taken for the last name, may have both.
    if (name.first !== '' && name.last.startsWith(`${name.first} `)) {
      name.last = name.last.slice(name.first.length + 1);
    }
    if (name.first === '' && name.last === '' && full.length > 0) {
      name = splitFullName(firstText(cells, full, spent, plainName));
    }
    if (name.first !== '') lead.first_name = name.first;
    if (name.last !== '') lead.last_name = name.last;
  };
}

function plainName(cell: Cell): string {
  const text = textOf(cell);
  return isNamePlaceholder(text) ? '' : text;
}

/** The unknown columns, as written; of a title that is none the salutation, so that a mail may still use it. */
function customFieldReader(plan: ColumnPlan): FieldReader {
  const custom = plan.custom.map((column) => ({ ...column, isTitle: foldHeader(column.key) === 'title' }));
  const [title] = plan.byMeaning.get('title') ?? NONE;
  const keepsSalutation = title !== undefined && plan.keepsCustom(SALUTATION);
  return (lead, cells, spent) => {
    const fields = lead.custom_fields;
    let salutation = keepsSalutation ? salutationText(cells[title]) : '';
    for (const { index, key, spareFor, isTitle } of custom) {
      const cell = cells[index];
      if (cell === undefined || (spareFor !== undefined && spent.includes(index))) continue;
      const text = typeof cell === 'string' ? cell.trim() : cell;
      if (typeof text === 'string' && isPlaceholder(text)) continue;
      const value = spareFor === 'phone' ? phoneText(cell) : text;
      if (value === '') continue;
      if (spareFor === 'title' && knownSalutation(String(value))) salutation ||= String(value);
      // Smartlead gets the job title as a custom field of this name.
      else if (isTitle && lead.title !== undefined) {
        if (cleanText(String(value)) !== lead.title) setOwn(fields, `${key} 2`, value);
      } else setOwn(fields, key, value);
    }
    if (salutation !== '' && keepsSalutation && !Object.hasOwn(fields, SALUTATION)) fields[SALUTATION] = salutation;
  };
}

function salutationText(cell: Cell): string {
  const text = textOf(cell);
  return text !== '' && knownSalutation(text) ? text : '';
}
