import { z } from 'zod';
import { canonicalAddress } from '../../address.js';
import { since } from '../../config/since.js';
import { UsageError } from '../../errors.js';
import { HOLD_REASONS, STATUSES } from '../../lead.js';
import { personaKey } from '../../routing/rule.js';
import type { StoreContext } from '../../store/engine/context.js';
import type { LeadFilter } from '../../store/leads/lead-list.js';
import { LEAD_SORTS, type LeadSort } from '../../store/leads/lead-page.js';
import { findRun } from '../../store/log/run-list.js';
import { type AdminContext, at } from '../desk.js';
import { optionalField, readFields } from '../forms.js';

/** What the address of the page of leads, or of their export, asks for. */
const fieldsSchema = z.object({
  search: optionalField.pipe(z.string().max(300, 'at most 300 characters').optional()),
  /** `address`: the search is the beginning of an address, though it looks like a name. */
  in: optionalField.pipe(z.literal('address').optional()),
  status: optionalField.pipe(z.enum(STATUSES, `expected one of ${STATUSES.join(', ')}`).optional()),
  reason: optionalField.pipe(z.enum(HOLD_REASONS, `expected one of ${HOLD_REASONS.join(', ')}`).optional()),
  campaign: optionalField,
  persona: optionalField,
  source: optionalField,
  since: optionalField,
  run: optionalField,
  sort: optionalField.pipe(z.enum(LEAD_SORTS, `expected one of ${LEAD_SORTS.join(', ')}`).optional()),
  after: optionalField.pipe(
    z
      .string()
      .regex(/^\d{1,15}$/, 'expected a number')
      .transform(Number)
      .optional(),
  ),
});
export type LeadFields = z.output<typeof fieldsSchema>;

/** The filter as it was asked for. Throws a UsageError for what cannot be. */
export function leadFields(c: AdminContext): LeadFields {
  const fields = readFields(fieldsSchema, c.req.query());
  if (fields.reason !== undefined && (fields.status ?? 'HELD') !== 'HELD') {
    throw new UsageError(`reason: ${fields.status} leads are not held`, 'Choose HELD, or any status.');
  }
  return fields;
}

/** What the search looks for: an address or the beginning of one, `@acme.com`, or a name or company. */
function searchOf({ search, in: where }: LeadFields): Pick<LeadFilter, 'addressBegins' | 'domainBegins' | 'text'> {
  if (search === undefined) return {};
  const address = canonicalAddress(search);
  if (where === 'address') return { addressBegins: address };
  if (address.startsWith('@')) return address === '@' ? {} : { domainBegins: address.slice(1) };
  return address.includes('@') ? { addressBegins: address } : { text: search };
}

/** The filter as the store takes it. Throws a UsageError for a run there is none of, or a time that is none. */
export async function leadFilter(store: StoreContext, organization: string, fields: LeadFields): Promise<LeadFilter> {
  const run = fields.run === undefined ? undefined : await findRun(store, organization, fields.run);
  if (fields.run !== undefined && !run) throw new UsageError(`run: there is no run ${fields.run}`);
  return {
    status: fields.status,
    reason: fields.reason,
    campaignId: fields.campaign,
    source: fields.source,
    since: readFields(z.object({ since: since.optional() }), { since: fields.since }).since,
    runSeq: run?.seq,
    persona: fields.persona === undefined ? undefined : { key: personaKey(fields.persona), keyOf: personaKey },
    ...searchOf(fields),
  };
}

/** The order of the list: the beginning of an address is looked for by address, and so listed. */
export function sortOf(fields: LeadFields, filter: LeadFilter): LeadSort {
  const asked = fields.sort ?? 'newest';
  return filter.addressBegins !== undefined && asked !== 'z-a' ? 'a-z' : asked;
}

/** The address of a page of leads with this filter. */
export function leadsAddress(
  c: AdminContext,
  fields: Partial<Omit<LeadFields, 'after'>> & { after?: number | undefined; format?: string },
  page = 'leads',
): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) query.set(name, String(value));
  const text = query.toString();
  return at(c.get('config'), page) + (text === '' ? '' : `?${text}`);
}
