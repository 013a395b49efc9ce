import type { Context } from '../cli/context.js';
import { type Column, pickFormat, printRows, type Row } from '../cli/output.js';
import type { Decision } from '../pipeline/decide.js';
import { decide, makeDecider } from '../pipeline/decide.js';
import { destinationOf, reasonFor } from '../pipeline/explain.js';
import { lackingIn, openLeadFiles, type ReadingOptions } from '../pipeline/lead-files.js';
import { describePlan } from '../pipeline/plan-words.js';
import { NoRuleCount, noRuleLines } from '../routing/near-miss.js';
import { counted, number, printable } from '../wording.js';

const COLUMNS: Column[] = [
  { name: 'line', heading: 'Line' },
  { name: 'email', heading: 'E-mail' },
  { name: 'persona', heading: 'Persona' },
  { name: 'lead_score', heading: 'Score' },
  { name: 'health', heading: 'Health' },
  { name: 'destination', heading: 'Goes to' },
  { name: 'why', heading: 'Why' },
];

/** How many rows go where. */
interface Totals {
  rows: number;
  campaigns: Record<string, number>;
  /** By hold reason. */
  held: Record<string, number>;
  blocked: number;
  rejected: number;
}

function count(totals: Totals, decision: Decision): void {
  const { status, hold_reason: reason, campaignId } = decision;
  const [sums, key] = reason === 'queued' ? [totals.campaigns, campaignId] : [totals.held, reason];
  if (status === 'BLOCKED') totals.blocked++;
  else if (key !== null) sums[key] = (sums[key] ?? 0) + 1;
}

function totalsText({ rows, campaigns, held, blocked, rejected }: Totals): string {
  const parts = [
    ...Object.entries(campaigns).map(([id, n]) => `campaign ${id} ${number(n)}`),
    ...Object.entries(held).map(([reason, n]) => `held ${reason} ${number(n)}`),
    ...(blocked > 0 ? [`blocked ${number(blocked)}`] : []),
    ...(rejected > 0 ? [`rejected ${number(rejected)}`] : []),
  ];
  return `${counted(rows, 'row')}: ${parts.join(' · ')}`;
}

const NO_LEAD = { email: null, persona: null, lead_score: null, health: null };

/** `drason rules test FILE`: where each lead would go, then totals. Exit code 3 where a row is rejected. */
export async function testFile(
  context: Context,
  name: string,
  options: ReadingOptions & { format?: string | undefined },
): Promise<void> {
  const { terminal } = context;
  const format = pickFormat(options.format, terminal);
  const decider = makeDecider(context.organization());
  const files = await openLeadFiles([name], context.organization(), options, terminal.streams.stdin);
  const lacking = lackingIn(files.inputs);
  const totals: Totals = { rows: 0, campaigns: {}, held: {}, blocked: 0, rejected: 0 };
  const noRule = new NoRuleCount();

  async function* rows(): AsyncGenerator<Row> {
    for (const input of files.inputs) {
      for (const line of describePlan(input.plan)) terminal.say(line);
      for await (const batch of input.rows()) {
        for (const row of batch) {
          totals.rows++;
          if (row.kind === 'rejected') {
            terminal.exitCode = 3;
            totals.rejected++;
            yield { ...NO_LEAD, line: row.line, destination: 'rejected', why: row.reason };
            continue;
          }
          const { lead, line } = row;
          const decision = decide(lead, undefined, decider);
          count(totals, decision);
          if (decision.hold_reason === 'no_route') noRule.addLead(lead);
          yield {
            line,
            email: lead.email,
            persona: lead.persona ?? null,
            lead_score: lead.lead_score ?? null,
            health: decision.health.classification,
            destination: destinationOf(decision),
            why: reasonFor(lead, decision, decider, lacking),
          };
        }
      }
    }
  }
  const sums = () => ({ totals, no_rule: noRule.toNoRule(decider.rules, lacking) });
  try {
    await printRows(terminal, format, COLUMNS, rows(), sums);
  } finally {
    await files.close();
  }
  if (format === 'json' || terminal.quiet) return;
  const held = noRuleLines(sums().no_rule).map((line, n) => `${n === 0 ? 'No rule' : '       '}  ${line}`);
  const lines = [`Totals   ${totalsText(totals)}`, ...held].map(printable);
  if (format === 'table') await terminal.data(`\n${lines.join('\n')}\n`);
  else for (const line of lines) terminal.say(line);
}
