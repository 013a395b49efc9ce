import { TEXT_FIELDS } from '../../lead.js';
import type { LeadFacts } from '../../story/lead-story.js';
import { Long, Short } from '../clipped.js';
import { Time } from '../layout.js';

/** What is known of a lead. */
export function Facts({ lead }: { lead: LeadFacts }) {
  const texts = TEXT_FIELDS.filter((field) => field !== 'first_name' && field !== 'last_name');
  const name = [lead.first_name, lead.last_name].filter((part) => part !== null).join(' ');
  const words = (field: string) => field.charAt(0).toUpperCase() + field.slice(1).replaceAll('_', ' ');
  const facts: Array<readonly [string, string | null]> = [
    ['Name', name === '' ? null : name],
    ...texts.map((field) => [words(field), lead[field]] as const),
    ['Score', lead.lead_score === null ? null : String(lead.lead_score)],
    ['Health', `${lead.health_classification}, ${lead.health_score} points`],
    ['Verifier', lead.verifier],
    ["Smartlead's lead", lead.smartlead_lead_id],
    ['Attempts', String(lead.push_attempts)],
    ['Id', lead.id],
  ];
  return (
    <dl class="facts">
      {facts.map(([label, value]) =>
        value === null ? null : (
          <>
            <dt>{label}</dt>
            <dd>
              <Long>{value}</Long>
            </dd>
          </>
        ),
      )}
      <dt>First came</dt>
      <dd>
        <Time at={lead.created_at} /> UTC
      </dd>
      <dt>Changed</dt>
      <dd>
        <Time at={lead.updated_at} /> UTC
      </dd>
    </dl>
  );
}

/** The columns of its source that drason does not know, and passes on. */
export function CustomFields({ fields }: { fields: LeadFacts['custom_fields'] }) {
  const entries = Object.entries(fields);
  if (entries.length === 0) return <p class="none">None.</p>;
  return (
    <dl class="facts">
      {entries.map(([name, value]) => (
        <>
          <dt>
            <Short>{name}</Short>
          </dt>
          <dd>
            <Long>{String(value)}</Long>
          </dd>
        </>
      ))}
    </dl>
  );
}
