import { HOLD_REASONS, STATUSES } from '../../lead.js';
import { HOLD_TEXT } from '../../text/hold-reasons.js';
import { type AdminContext, at } from '../desk.js';
import type { LeadFields } from './lead-filter.js';

/** The orders of the list, in words. */
export const SORT_TEXT = {
  newest: 'newest first',
  oldest: 'oldest first',
  'a-z': 'by e-mail, A–Z',
  'z-a': 'by e-mail, Z–A',
};

function Select(props: {
  name: string;
  label: string;
  any?: string;
  value: string | undefined;
  options: ReadonlyArray<readonly [value: string, text: string]>;
}) {
  const { name, label, any, value, options } = props;
  return (
    <label>
      {label}
      <select name={name}>
        {any === undefined ? null : <option value="">{any}</option>}
        {options.map(([one, text]) => (
          <option value={one} selected={one === value}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}

/** The search field, the filters and the order of the page of leads. */
export function LeadFilters(props: {
  c: AdminContext;
  fields: LeadFields;
  sort: string;
  names: ReadonlyMap<string, string>;
}) {
  const { c, fields, sort, names } = props;
  const text = (name: 'campaign' | 'persona' | 'source' | 'since' | 'run', label: string, hint: string) => (
    <label>
      {label}
      <input
        name={name}
        value={fields[name] ?? ''}
        placeholder={hint}
        size={14}
        list={name === 'campaign' ? 'campaigns' : undefined}
      />
    </label>
  );
  return (
    <form method="get" action={at(c.get('config'), 'leads')} class="filters">
      <label>
        Search
        <input
          type="search"
          name="search"
          value={fields.search ?? ''}
          placeholder="jo@…, @acme.com, name or company"
          size={32}
        />
      </label>
      <Select
        name="status"
        label="Status"
        any="any"
        value={fields.status}
        options={STATUSES.map((one) => [one, one])}
      />
      <Select
        name="reason"
        label="Held because"
        any="any reason"
        value={fields.reason}
        options={HOLD_REASONS.map((one) => [one, `${one}: ${HOLD_TEXT[one]}`])}
      />
      {text('campaign', 'Campaign', 'its id')}
      <datalist id="campaigns">
        {[...names].map(([id, name]) => (
          <option value={id}>{name}</option>
        ))}
      </datalist>
      {text('persona', 'Persona', 'VP Sales')}
      {text('source', 'Source', 'csv')}
      {text('since', 'Changed since', '2h, 7d, 2026-01-31')}
      {text('run', 'Run', 'its id')}
      <Select name="sort" label="Order" value={sort} options={Object.entries(SORT_TEXT)} />
      <button type="submit">Show</button>
      <a class="button quiet" href={at(c.get('config'), 'leads')}>
        All leads
      </a>
    </form>
  );
}
