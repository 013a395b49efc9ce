import type { Context } from '../cli/context.js';
import { type Column, pickFormat, printRows, type Row } from '../cli/output.js';
import { wrapped } from '../cli/wrap.js';
import type { Lead } from '../lead.js';
import { type Decider, type Decision, decide, makeDecider } from '../pipeline/decide.js';
import { destinationOf, reasonFor, reasonOf } from '../pipeline/explain.js';
import { lackingIn, openLeadFiles, type ReadingOptions } from '../pipeline/lead-files.js';
import { describePlan } from '../pipeline/plan-words.js';
import { type Lacking, NoRuleCount, nearShort, noRuleLines } from '../routing/near-miss.js';
import { counted, number, printable } from '../text/wording.js';

const COLUMNS: Column[] = [
  { name: 'line', heading: 'Line', kind: 'exact' },
  { name: 'email', heading: 'E-mail', kind: 'address' },
  { name: 'persona', heading: 'Persona' },
  { name: 'lead_score', heading: 'Score', kind: 'exact' },
  { name: 'health', heading: 'Health', kind: 'exact' },
  { name: 'destination', heading: 'Goes to', kind: 'exact' },
  { name: 'why', heading: 'Why' },
];
/** On a screen RED is told by why a row is blocked. */
const ON_SCREEN = COLUMNS.filter(({ name }) => name !== 'health');

/** Why a row goes where it goes, for a screen, which has little room. */
function shortly(lead: Lead, decision: Decision, { rules }: Decider, lacking: Lacking): string {
  if (decision.hold_reason === 'no_route') return nearShort(lead, rules, lacking);
  const { rule, review, refusal } = decision;
  const plainly = decision.status === 'HELD' && rule && review === undefined && refusal === undefined;
  return plainly ? `rule ${rules.rules.indexOf(rule) + 1}` : reasonOf(decision);
}

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
  const onScreen = format === 'table' && terminal.width !== undefined;

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
            why: onScreen ? shortly(lead, decision, decider, lacking) : reasonFor(lead, decision, decider, lacking),
          };
        }
      }
    }
  }
  const sums = () => ({ totals, no_rule: noRule.toNoRule(decider.rules, lacking) });
  try {
    await printRows(terminal, format, onScreen ? ON_SCREEN : COLUMNS, rows(), sums);
  } finally {
    await files.close();
  }
  if (format === 'json' || terminal.quiet) return;
  const texts = [totalsText(totals), ...noRuleLines(sums().no_rule)];
  const lines = texts.map((text, n) => {
    const heading = ['Totals', 'No rule'][n] ?? '';
    return heading.padEnd(9) + wrapped(printable(text), 9, terminal);
  });
  if (format === 'table') await terminal.data(`\n${lines.join('\n')}\n`);
  else for (const line of lines) terminal.say(line);
}
