import type { Command } from 'commander';
import { z } from 'zod';
import { canonicalAddress } from '../address.js';
import { type Context, withContext } from '../cli/context.js';
import { positive, readOptions, since } from '../cli/options.js';
import { pickFormat, printRows, type Row } from '../cli/output.js';
import type { Terminal } from '../cli/terminal.js';
import { UsageError } from '../errors.js';
import { HOLD_REASONS, STATUSES } from '../lead.js';
import { leadColumns, leadRow } from '../pipeline/lead-columns.js';
import { NoRuleCount, noRuleLines } from '../routing/near-miss.js';
import { buildRuleSet, personaKey } from '../routing/rule.js';
import type { StoreContext } from '../store/engine/context.js';
import { commandFlags } from '../text/command-flags.js';

const optionsSchema = z.object({
  status: z
    .string()
    .transform((text) => text.trim().toUpperCase())
    .pipe(z.enum(STATUSES, { error: `expected one of ${STATUSES.join(', ')}` }))
    .optional(),
  reason: z.enum(HOLD_REASONS, { error: `expected one of ${HOLD_REASONS.join(', ')}` }).optional(),
  campaign: z.string().trim().optional(),
  persona: z.string().optional(),
  source: z.string().trim().optional(),
  since: since.optional(),
  run: z.string().trim().optional(),
  email: z.string().transform(canonicalAddress).optional(),
  columns: z.string().optional(),
  limit: positive.optional(),
  after: z.string().trim().optional(),
  format: z.string().optional(),
});
type Options = z.infer<typeof optionsSchema>;

/** `drason leads` */
export function define(program: Command, terminal: Terminal): void {
  program
    .command('leads')
    .summary('the leads, with filters and export')
    .description(
      `Lists the leads of the organization, newest first. As JSON, NDJSON or CSV: all of them, with everything known.

Examples:
  $ drason leads --status HELD --reason refused
  $ drason leads --persona "VP Sales" --since 7d
  $ drason leads --campaign 123456 --format csv > leads.csv
  $ drason leads --columns email,status,last_error --format ndjson`,
    )
    .option('--status <status>', 'HELD, ACTIVE or BLOCKED')
    .option('--reason <reason>', 'held for this reason, such as no_route or refused')
    .option('--campaign <id>', 'routed to this campaign')
    .option('--persona <persona>', "of this persona, compared as rules do; '' for none")
    .option('--source <name>', 'from this source')
    .option('--since <time>', 'changed since: a time span such as 2h or 7d, or a time (UTC)')
    .option('--run <id>', 'taken in last by this run (its id, the beginning of it, or last)')
    .option('--email <address>', 'only this lead')
    .option('--columns <names>', 'which columns, with commas between; custom_fields for the custom ones')
    .option('--limit <n>', 'at most n leads (default: 50 in a table, else all)')
    .option('--after <id>', "go on after the lead with this id, a page's last")
    .option('-o, --format <format>', 'table, json, ndjson or csv')
    .action(async (_options, command: Command) => {
      const options = readOptions(optionsSchema, command.opts());
      await withContext(command, terminal, (context) => list(context, options));
    });
}

const TABLE_LIMIT = 50;

async function list(context: Context, options: Options): Promise<void> {
  const { terminal } = context;
  const config = context.organization();
  const { organization } = config;
  const rules = buildRuleSet(config.rules);
  if (options.reason !== undefined && (options.status ?? 'HELD') !== 'HELD') {
    throw new UsageError(`--reason: ${options.status} leads are not held`, 'Leave --status out.');
  }
  const format = pickFormat(options.format, terminal);
  const table = format === 'table';
  const columns = leadColumns(options.columns, table);
  const limit = options.limit ?? (table ? TABLE_LIMIT : Number.POSITIVE_INFINITY);
  const store = await context.readStore();
  const [{ listLeads }, { campaignNames }] = await Promise.all([
    import('../store/leads/lead-list.js'),
    import('../store/rosters/campaigns.js'),
  ]);
  const before = await pageStart(store, organization, options.after);
  const names = await campaignNames(store, organization);
  const filter = {
    status: options.status,
    reason: options.reason,
    campaignId: options.campaign,
    source: options.source,
    since: options.since,
    email: options.email,
    runSeq: await runNumber(store, organization, options.run),
    persona: options.persona === undefined ? undefined : { key: personaKey(options.persona), keyOf: personaKey },
  };

  const noRule = new NoRuleCount();
  let shown = 0;
  let last = '';
  let more = false;
  async function* rows(): AsyncGenerator<Row> {
    for await (const page of listLeads(store, organization, filter, before)) {
      for (const lead of page) {
        more = shown >= limit;
        if (more) return;
        const campaignName = names.get(lead.assigned_campaign_id ?? '') ?? null;
        yield leadRow(lead, columns, { organization, campaignName, rules, table });
        if (lead.hold_reason === 'no_route') noRule.addLead(lead);
        shown++;
        last = lead.id;
      }
    }
  }
  await printRows(terminal, format, columns, rows());
  if (table && options.columns === undefined)
    for (const line of noRuleLines(noRule.toNoRule(rules))) terminal.say(`no rule: ${line}`);
  if (more) terminal.say(`There are more. The next page: ${nextPage(context, options, last)}`);
  else if (shown === 0) terminal.say('No lead fits.');
}

async function pageStart(store: StoreContext, organization: string, after: string | undefined) {
  if (after === undefined) return undefined;
  const { leadNumber } = await import('../store/leads/lead-list.js');
  const found = await leadNumber(store, organization, after);
  if (found !== undefined) return found;
  throw new UsageError(`--after: there is no lead with the id ${after}`, 'Begin again without --after.');
}

async function runNumber(store: StoreContext, organization: string, id: string | undefined) {
  if (id === undefined) return undefined;
  const { runMeant } = await import('../cli/run-ids.js');
  return (await runMeant(store, organization, id)).seq;
}

/** The command for what comes after the last lead shown. A time span is given as the time it meant. */
function nextPage(context: Context, options: Options, last: string): string {
  const json = context.terminal.json && options.format === undefined;
  const flags = commandFlags({ ...options, json, after: last });
  return ['drason leads', flags, ...(context.flags === '' ? [] : [context.flags])].join(' ');
}
