/** The shape of rules.yaml: every key, its default, and what the rest of drason gets to see. */
import { z } from 'zod';
import { canonicalAddress } from '../address.js';
import type { Lead, TextField } from '../lead.js';
import { DEFAULT_BASE_URL } from './base-url.js';
import {
  addressOrDomain,
  baseUrl,
  campaignId,
  duration,
  expectation,
  mapping,
  numberFrom,
  organizationName,
  text,
  variableName,
} from './checks.js';

/** At most `requests` requests in any span of `perMs` milliseconds. */
export interface RateWindow {
  requests: number;
  perMs: number;
}

/** The switches of Smartlead's own request, under the names it gives them. */
export interface SmartleadSettings {
  ignore_global_block_list: boolean;
  ignore_unsubscribe_list: boolean;
  ignore_duplicate_leads_in_other_campaign: boolean;
}

export interface SmartleadConfig {
  /** The variable that holds the key; see readSecret. */
  apiKeyEnv: string;
  /** Without a slash at its end. What to use is decided by smartleadBaseUrl. */
  baseUrl: string;
  /** Leads per request, 1 to 400. */
  batchSize: number;
  /** Every window holds. Never empty. */
  rateLimit: RateWindow[];
  settings: SmartleadSettings;
  customFieldsLimit: number;
  webhookSecretEnv?: string;
}

export interface HealthConfig {
  /** A lead with at least this many points, 0 to 100, is GREEN; `yellowAt` is lower. */
  greenAt: number;
  yellowAt: number;
  penalties: { role: number; tld: number; catchAll: number; typo: number };
  /** Addresses and domains, lower-cased. */
  allow: string[];
  block: string[];
}

/** Columns that say who must not be mailed, and those that say nothing of it although they look so (`ignore`). */
export interface SignColumns {
  unsubscribed: string[];
  bounced: string[];
  verifier: string[];
  ignore: string[];
}

/** One rule as the file has it; `line` is where it stands, from 1. */
export interface RuleConfig {
  persona: string | string[];
  min_score: number;
  target_campaign_id: string;
  priority: number;
  line: number;
}

export type TestLead = Partial<Omit<Lead, 'custom_fields'>>;

/** One of the file's own tests. `expect` is a campaign's id, `held` or `blocked`. */
export interface TestConfig {
  name?: string;
  lead: TestLead;
  expect: string;
  line: number;
}

/** Everything the rules file says about one organization, defaults filled in. */
export interface OrganizationConfig {
  organization: string;
  smartlead: SmartleadConfig;
  health: HealthConfig;
  /** Lead field → the column that holds it. */
  fields: Record<string, string>;
  /** The columns that are named as stop signs. */
  signFields: SignColumns;
  /** What unknown columns become: all are sent, none, or those named. */
  customFields: 'all' | 'none' | string[];
  rules: RuleConfig[];
  tests: TestConfig[];
  clay?: { secretEnv: string };
  /** Calls `urlEnv`'s URL when more than `failureRate` (0 to 1) of the pushes of `windowMs` failed. */
  alerts?: { urlEnv: string; failureRate: number; windowMs: number };
}

const optionalText = z.exactOptional(text);

const textFields = {
  first_name: optionalText,
  last_name: optionalText,
  company: optionalText,
  persona: optionalText,
  title: optionalText,
  phone: optionalText,
  website: optionalText,
  location: optionalText,
  linkedin_url: optionalText,
  company_url: optionalText,
  source: optionalText,
} satisfies Record<TextField, unknown>;

/** One column, or several. */
const columns = z.exactOptional(
  z.union([text, z.array(text)], { error: 'expected the name of a column, or a list of them' }),
);

/** Leads per request. */
export const batchSize = numberFrom(1, 400, 'a whole number');

/** The limit's windows. */
export const rateLimit = z
  .array(
    mapping({ requests: numberFrom(1, 100_000, 'a whole number'), per: duration }).transform(
      ({ requests, per }): RateWindow => ({ requests, perMs: per }),
    ),
  )
  .min(1, { error: 'expected at least one window, such as { requests: 10, per: 2s }' });

const smartlead = mapping({
  api_key_env: variableName.default('SMARTLEAD_API_KEY'),
  base_url: baseUrl.default(DEFAULT_BASE_URL),
  batch_size: batchSize.default(100),
  rate_limit: rateLimit.default([{ requests: 10, perMs: 2000 }]),
  settings: mapping({
    ignore_global_block_list: z.boolean().default(false),
    ignore_unsubscribe_list: z.boolean().default(false),
    ignore_duplicate_leads_in_other_campaign: z.boolean().default(true),
  }).prefault({}),
  custom_fields_limit: numberFrom(0, 1000, 'a whole number').default(200),
  webhook_secret_env: z.exactOptional(variableName),
}).transform(
  (file): SmartleadConfig => ({
    apiKeyEnv: file.api_key_env,
    baseUrl: file.base_url,
    batchSize: file.batch_size,
    rateLimit: file.rate_limit,
    settings: file.settings,
    customFieldsLimit: file.custom_fields_limit,
    ...(file.webhook_secret_env === undefined ? {} : { webhookSecretEnv: file.webhook_secret_env }),
  }),
);

const points = numberFrom(0, 100);

const health = mapping({
  green_at: points.default(80),
  yellow_at: points.default(50),
  penalties: mapping({
    role: points.default(30),
    tld: points.default(25),
    catch_all: points.default(25),
    typo: points.default(25),
  }).prefault({}),
  allow: z.array(addressOrDomain).default([]),
  block: z.array(addressOrDomain).default([]),
})
  .superRefine(({ green_at, yellow_at }, context) => {
    if (green_at > yellow_at) return;
    const message = `green_at (${green_at}) must be greater than yellow_at (${yellow_at})`;
    context.addIssue({ code: 'custom', message });
  })
  .transform(({ green_at, yellow_at, penalties: { catch_all, ...penalties }, ...lists }): HealthConfig => {
    return { greenAt: green_at, yellowAt: yellow_at, penalties: { ...penalties, catchAll: catch_all }, ...lists };
  });

const rule = mapping({
  persona: z.union([text, z.array(text).min(1, { error: 'expected at least one persona' })], {
    error: 'expected text or a list of texts',
  }),
  min_score: z.number().default(0),
  target_campaign_id: campaignId,
  priority: z.number().default(0),
});

const test = mapping({
  name: optionalText,
  lead: mapping({
    email: z.exactOptional(text.transform(canonicalAddress)),
    ...textFields,
    lead_score: z.exactOptional(z.number()),
    verifier: z.exactOptional(
      z.enum(['valid', 'invalid', 'risky', 'bounced'], { error: 'expected valid, invalid, risky or bounced' }),
    ),
    unsubscribed: z.exactOptional(z.boolean()),
  }),
  expect: expectation,
});

/** What one organization has, whether it is the file's only one or one of several. */
const organizationKeys = {
  smartlead: smartlead.prefault({}),
  health: health.prefault({}),
  fields: mapping({
    email: optionalText,
    ...textFields,
    full_name: optionalText,
    city: optionalText,
    state: optionalText,
    country: optionalText,
    lead_score: optionalText,
    unsubscribed: columns,
    bounced: columns,
    verifier: columns,
    ignore: columns,
  }).default({}),
  custom_fields: z
    .union([z.literal('all'), z.literal('none'), z.array(text)], {
      error: 'expected all, none or a list of column names',
    })
    .default('all'),
  rules: z.array(rule),
  tests: z.array(test).default([]),
  clay: z.exactOptional(mapping({ secret_env: variableName }).transform((file) => ({ secretEnv: file.secret_env }))),
  alerts: z.exactOptional(
    mapping({
      url_env: variableName,
      failure_rate: numberFrom(0, 1).default(0.2),
      window: duration.default(3_600_000),
    }).transform((file) => ({ urlEnv: file.url_env, failureRate: file.failure_rate, windowMs: file.window })),
  ),
};

/** The administrator's pages, which are for all organizations of the file. */
const admin = z.exactOptional(
  mapping({ password_hash_env: variableName }).transform((file) => ({ passwordHashEnv: file.password_hash_env })),
);

const publicUrl = z.url({ protocol: /^https?$/, error: 'expected an address such as https://drason.example.com' });

/** The HTTP service, which is for all organizations of the file. */
const serve = z.exactOptional(
  mapping({ public_url: z.union([publicUrl, z.array(publicUrl)]).transform((urls) => [urls].flat()) }).transform(
    (file) => ({ publicUrls: file.public_url }),
  ),
);

/** A file for one organization. */
export const singleFile = mapping({
  organization: organizationName.default('default'),
  database: optionalText,
  admin,
  serve,
  ...organizationKeys,
});

/** A file for several: what one has moves under its name. */
export const severalFile = mapping({
  database: optionalText,
  admin,
  serve,
  organizations: z
    .record(organizationName, mapping(organizationKeys))
    .refine((named) => Object.keys(named).length > 0, { error: 'expected at least one organization' }),
});

/** An organization as zod returns it: not yet named, its rules and tests without their lines. */
export type ParsedOrganization = z.output<typeof severalFile>['organizations'][string];

/** The keys of an organization, for the hint that they do not belong at the top of a file for several. */
export const ORGANIZATION_KEYS: readonly string[] = Object.keys(organizationKeys);
