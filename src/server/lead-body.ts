import { z } from '@hono/zod-openapi';
import type { OrganizationConfig } from '../config/schema.js';
import { isRecord } from '../exact-json.js';
import { JsonRows } from '../intake/json-rows.js';
import { NO_SIGN_FIELDS } from '../intake/stop-signs/sign-fields.js';
import type { Lead } from '../lead.js';
import { parseJson, refuseManyFields, tooManyFields } from './json-body.js';

/** Of an object, such as `{ "id": 9, "name": "Kestrel" }`, its name, value or label is the text. */
const optionalText = z.union([z.string(), z.number(), z.looseObject({})]).nullish();

/** A lead as POST /api/ingest takes it. Any other key becomes a custom field. */
export const leadSchema = z
  .looseObject({
    email: z.string().trim().min(1).openapi({ example: 'test@example.com' }),
    persona: z.string().trim().min(1).openapi({ example: 'VP Sales' }),
    lead_score: z
      .union([z.number(), z.string().regex(/^\s*[+-]?(\d+\.?\d*|\.\d+)\s*$/)])
      .openapi({ example: 85, description: 'A number, or a number as text.' }),
    first_name: optionalText,
    last_name: optionalText,
    company: optionalText,
    phone: optionalText,
    linkedin_url: optionalText,
    website: optionalText,
    location: optionalText,
    title: optionalText,
    source: optionalText,
  })
  .openapi('Lead', { description: 'One lead. Keys that are not listed become custom fields in Smartlead.' });

/** A lead, or what is wrong with it. */
export type ReadLead = { lead: Lead } | { fault: string };

const REQUIRED = ['email', 'persona', 'lead_score'];

function faultOf(value: unknown): string | undefined {
  if (!isRecord(value)) return 'expected an object';
  const missing = REQUIRED.filter((name) => {
    const given = value[name];
    return given === undefined || given === null || (typeof given === 'string' && given.trim() === '');
  });
  if (missing.length > 0) return `required and missing: ${missing.join(', ')}`;
  const result = leadSchema.safeParse(value);
  if (result.success) return undefined;
  const [issue] = result.error.issues;
  const name = String(issue?.path[0] ?? '');
  return name === 'lead_score' ? 'lead_score is not a number' : `${name} is not text`;
}

/** What the names of an object's fields mean is kept: senders send the same ones again and again. */
const MOST_KEPT = 200;
/** Longer lists of names, characters, are nobody's table and would only fill the memory. */
const LONGEST_KEPT = 10_000;

/** The leads of a body together may have so many different field names; what each means takes a while to find out. */
const MOST_NAMES = 2000;

/** The JSON of a body of leads. Throws an ApiError, also where it holds more fields or names of fields than leads have. */
export function parseLeadBody(bytes: Buffer): unknown {
  refuseManyFields(bytes, 'leads');
  const body = parseJson(bytes);
  const names = new Set<string>();
  for (const lead of Array.isArray(body) ? body : []) {
    if (!isRecord(lead)) continue;
    for (const name of Object.keys(lead)) names.add(name);
    if (names.size > MOST_NAMES) throw tooManyFields(`${MOST_NAMES.toLocaleString('en')} different field names`);
  }
  return body;
}

/** Reads the objects that one door of an organization is sent. */
export class LeadReader {
  readonly #kept = new Map<string, JsonRows>();
  readonly #source: 'api' | 'clay';
  readonly #config: OrganizationConfig;

  constructor(source: 'api' | 'clay', config: OrganizationConfig) {
    this.#source = source;
    this.#config = config;
  }

  /** A lead of POST /api/ingest: address, persona and score must be there under these names. */
  readStrict(value: unknown): ReadLead {
    const fault = faultOf(value);
    return fault === undefined ? this.#read(value) : { fault };
  }

  /** Whatever a Clay table sends: names as people type them; no persona is General, no score 50. */
  readLoose(value: unknown): ReadLead {
    const read = this.#read(value);
    if ('fault' in read) return read;
    return { lead: { ...read.lead, persona: read.lead.persona ?? 'General', lead_score: read.lead.lead_score ?? 50 } };
  }

  #read(value: unknown): ReadLead {
    if (!isRecord(value)) return { fault: 'expected an object' };
    const row = this.#rowsFor(value).value(value, 1);
    return row.kind === 'lead' ? { lead: row.lead } : { fault: row.reason };
  }

  #rowsFor(value: Record<string, unknown>): JsonRows {
    const names = JSON.stringify(Object.keys(value));
    const known = this.#kept.get(names);
    if (known) return known;
    // The API's own names mean what they say, whatever else an object holds that could be taken for the same.
    const own = Object.keys(leadSchema.shape).filter((name) => Object.hasOwn(value, name));
    const fields = this.#source === 'clay' ? this.#config.fields : Object.fromEntries(own.map((name) => [name, name]));
    const signs = { map: NO_SIGN_FIELDS, fields: this.#config.signFields };
    const options = { map: {}, fields, signs, trusted: true, customFields: this.#config.customFields };
    const rows = new JsonRows(this.#source, 0, this.#source, options);
    if (this.#kept.size >= MOST_KEPT) this.#kept.clear();
    if (names.length <= LONGEST_KEPT) this.#kept.set(names, rows);
    return rows;
  }
}
