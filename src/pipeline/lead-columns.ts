import { UsageError } from '../errors.js';
import { TEXT_FIELDS } from '../lead.js';
import { nearText } from '../routing/near-miss.js';
import type { RuleSet } from '../routing/rule.js';
import type { StoredLead } from '../store/leads/lead-rows.js';
import type { Column, Row } from '../table/rows.js';
import { shortTime } from '../text/times.js';
import { didYouMean } from '../text/wording.js';

interface LeadColumn extends Column {
  value(
    lead: StoredLead,
    about: { organization: string; campaignName: string | null; rules: RuleSet },
  ): Row[string] | undefined;
  /** In a table, where it is not the same. */
  short?: (lead: StoredLead) => string | null;
}

const words = (name: string) => name.charAt(0).toUpperCase() + name.slice(1).replaceAll('_', ' ');
const text = (name: (typeof TEXT_FIELDS)[number], heading = words(name)): LeadColumn => ({
  name,
  heading,
  value: (lead) => lead[name],
});
const exact = (
  name: 'id' | 'health_classification' | 'health_score' | 'push_attempts' | 'smartlead_lead_id' | 'status',
  heading: string,
): LeadColumn => ({ name, heading, kind: 'exact', value: (lead) => lead[name] });
const time = (name: 'next_attempt_at' | 'created_at' | 'updated_at', heading: string): LeadColumn => ({
  name,
  heading: `${heading} (UTC)`,
  kind: 'exact',
  value: (lead) => lead[name],
  short: (lead) => shortTime(lead[name]),
});

/** Everything that can be shown of a lead, in the order of docs/contract.md. */
const COLUMNS: readonly LeadColumn[] = [
  exact('id', 'Id'),
  { name: 'organization_id', heading: 'Organization', value: (_lead, { organization }) => organization },
  { name: 'email', heading: 'E-mail', kind: 'address', value: ({ email }) => email },
  text('first_name'),
  text('last_name'),
  text('company'),
  text('persona'),
  { name: 'lead_score', heading: 'Score', kind: 'exact', value: (lead) => lead.lead_score },
  text('source'),
  exact('status', 'Status'),
  { name: 'hold_reason', heading: 'Held because', kind: 'exact', value: (lead) => lead.hold_reason },
  exact('health_classification', 'Health'),
  exact('health_score', 'Health points'),
  { name: 'assigned_campaign_id', heading: 'Campaign id', kind: 'exact', value: (lead) => lead.assigned_campaign_id },
  exact('push_attempts', 'Attempts'),
  time('next_attempt_at', 'Next attempt'),
  { name: 'last_error', heading: 'Last error', value: (lead) => lead.last_error },
  exact('smartlead_lead_id', 'Smartlead id'),
  time('created_at', 'Created'),
  time('updated_at', 'Updated'),
  ...TEXT_FIELDS.filter((name) => !['first_name', 'last_name', 'company', 'persona', 'source'].includes(name)).map(
    (name) => text(name),
  ),
  { name: 'campaign_name', heading: 'Campaign name', value: (_lead, { campaignName }) => campaignName },
  { name: 'custom_fields', heading: 'Custom fields', value: (lead) => lead.custom_fields },
  {
    name: 'campaign',
    heading: 'Campaign',
    value: ({ assigned_campaign_id: id }, { campaignName }) => (campaignName === null ? id : `${id} ${campaignName}`),
  },
  { name: 'state', heading: 'Status', value: ({ status, hold_reason: reason }) => reason ?? status },
  {
    name: 'nearest_rule',
    heading: 'Nearest rule',
    value: (lead, { rules }) => (lead.hold_reason === 'no_route' ? nearText(lead, rules) : null),
  },
];

/** The names that --columns takes. */
export const LEAD_COLUMN_NAMES = COLUMNS.map(({ name }) => name);
const IN_TABLE = ['email', 'persona', 'lead_score', 'state', 'campaign', 'updated_at'];

/** The columns that --columns names, or those of a table, or all. Throws a UsageError for a name there is none of. */
export function leadColumns(asked: string | undefined, table: boolean): LeadColumn[] {
  const whole = LEAD_COLUMN_NAMES.filter((name) => name !== 'campaign' && name !== 'state');
  const names = asked === undefined ? (table ? IN_TABLE : whole) : asked.split(',').map((name) => name.trim());
  return [...new Set(names)].map((name) => {
    const column = COLUMNS.find((known) => known.name === name);
    if (column) return column;
    throw new UsageError(
      `--columns: there is no column "${name}"${didYouMean(name, LEAD_COLUMN_NAMES)}`,
      `Columns: ${LEAD_COLUMN_NAMES.join(', ')}`,
    );
  });
}

/** A lead as a row of a list; a table has shorter times. */
export function leadRow(
  lead: StoredLead,
  columns: readonly LeadColumn[],
  about: { organization: string; campaignName: string | null; rules: RuleSet; table: boolean },
): Row {
  return Object.fromEntries(
    columns.map((column) => [
      column.name,
      (about.table && column.short ? column.short(lead) : column.value(lead, about)) ?? null,
    ]),
  );
}
