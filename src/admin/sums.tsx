import type { Child } from 'hono/jsx';
import { HOLD_REASONS, type HoldReason } from '../lead.js';
import type { Outcomes } from '../pipeline/summary.js';
import { HOLD_TEXT } from '../text/hold-reasons.js';
import { number } from '../text/wording.js';
import { NumberHead, Text } from './layout.js';

/** What became of a run's rows, in the order in which people ask. */
const OUTCOMES: ReadonlyArray<readonly [keyof Outcomes, string, string]> = [
  ['active', 'Active', 'pushed by this run and proven to be in their campaign'],
  ['already_active', 'Already active', 'in Smartlead before; not pushed again'],
  ['held', 'Held', 'routed, and not in their campaign, or not proven to be'],
  ['unassigned', 'Holding pool', 'no rule matches them'],
  ['blocked', 'Blocked', 'never sent: their health is RED, or they are suppressed'],
  ['duplicate', 'Duplicate', 'the address came earlier in the same run'],
  ['rejected', 'Rejected', 'rows that could not be read as a lead'],
];

/** All outcomes of a run, and their sum, which is what was read. */
export function OutcomeTable({ outcomes, rows }: { outcomes: Outcomes; rows: number }) {
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">Outcome</th>
          <NumberHead>Rows</NumberHead>
          <th scope="col">Which means</th>
        </tr>
      </thead>
      <tbody>
        {OUTCOMES.map(([key, name, what]) => (
          <tr>
            <td>{name}</td>
            <td class="number">{number(outcomes[key])}</td>
            <td class="what">{what}</td>
          </tr>
        ))}
        <tr>
          <th scope="row">Together</th>
          <td class="number">
            <strong>{number(rows)}</strong>
          </td>
          <td class="what">rows read</td>
        </tr>
      </tbody>
    </table>
  );
}

/** Held leads by reason. `link`: the address of those of one reason. */
export function HeldTable(props: {
  held: Partial<Record<string, number>>;
  link?: (reason: HoldReason) => string;
  none: string;
}) {
  const rows = HOLD_REASONS.flatMap((reason) => {
    const n = props.held[reason] ?? 0;
    return n === 0 ? [] : [{ reason, n }];
  });
  if (rows.length === 0) return <p class="none">{props.none}</p>;
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">Held because</th>
          <NumberHead>Leads</NumberHead>
          <th scope="col">Which means</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ reason, n }) => (
          <tr>
            <td>{props.link ? <a href={props.link(reason)}>{reason}</a> : reason}</td>
            <td class="number">{number(n)}</td>
            <td>{HOLD_TEXT[reason]}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Where a run's leads are routed to. */
export function CampaignTable({ campaigns }: { campaigns: Record<string, { active: number; held: number }> }) {
  const rows = Object.entries(campaigns);
  if (rows.length === 0) return <p class="none">None was routed to a campaign.</p>;
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">Campaign</th>
          <NumberHead>Active</NumberHead>
          <NumberHead>Held</NumberHead>
        </tr>
      </thead>
      <tbody>
        {rows.map(([id, { active, held }]) => (
          <tr>
            <td>
              <Text>{id}</Text>
            </td>
            <td class="number">{number(active)}</td>
            <td class="number">{number(held)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** What needs attention, a sentence each. */
export function Problems({ problems }: { problems: readonly string[] }) {
  return (
    <>
      {problems.map((problem) => (
        <p class="notice warn">
          <Text>{problem}</Text>
        </p>
      ))}
    </>
  );
}

/** A name and what it stands for, in a list of facts. */
export function Fact({ name, children }: { name: string; children: Child }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}
