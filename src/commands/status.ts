import type { Command } from 'commander';
import { z } from 'zod';
import { type Context, withContext } from '../cli/context.js';
import { age, readOptions, share } from '../cli/options.js';
import type { Terminal } from '../cli/terminal.js';
import type { OrganizationConfig } from '../config/schema.js';
import { DatabaseError, DrasonError } from '../errors.js';
import type { NoRule } from '../routing/near-miss.js';
import type { StoreContext } from '../store/engine/context.js';

const optionsSchema = z.object({ failBelow: share.optional(), failOverAge: age.optional() });

/** `drason status` */
export function define(program: Command, terminal: Terminal): void {
  program
    .command('status')
    .summary('counts, queue, push success, stops')
    .description(
      `Shows how the leads stand: how many in each status and why, what waits and for how long, how
pushes went, and what is stopped. Only reads; asks nobody. Where the rules file has alerts, it calls
their webhook when trouble has begun or is over and nobody was told yet.

Examples:
  $ drason status
  $ drason status --fail-below 95% --fail-over-age 1d --quiet     for cron: tells only what is passed
  $ drason status --json | jq .queue`,
    )
    .option('--fail-below <share>', 'exit 3 when less than this share of the pushes of the last 24 hours succeeded')
    .option('--fail-over-age <time>', 'exit 3 when a lead has waited longer than this for its push')
    .action(async (_options, command: Command) => {
      const options = readOptions(optionsSchema, command.opts());
      await withContext(command, terminal, async (context) => {
        const config = context.organization();
        const store = await context.openExistingStore();
        if (!store) {
          throw new DatabaseError(
            `there is no database at ${context.databasePath()}`,
            'Run drason ingest first, or name another with --db.',
          );
        }
        const [{ readPushStats }, { pushSettingsOf }, { alarmLine, printStatus }, { isRehearsal }] = await Promise.all([
          import('../stats/push-stats.js'),
          import('../pipeline/push-settings.js'),
          import('../cli/status-view.js'),
          import('../store/engine/target.js'),
        ]);
        const keyId = keyAtHand(context);
        const stats = await readPushStats(store, config, keyId);
        const alarm = alarmLine(stats, options);
        const sandbox = await isRehearsal(store);
        const noRule = await noRuleNow(config, store);
        if (terminal.json) {
          const head = { schema: 1, organization: config.organization, database: store.path, sandbox };
          await terminal.data(`${JSON.stringify({ ...head, ...stats, no_rule: noRule, alarm: alarm ?? null })}\n`);
        } else if (!terminal.quiet) {
          const { rateLimit } = await pushSettingsOf(store, config);
          const head = { config, rateLimit, database: store.path, sandbox, keyAtHand: keyId !== undefined };
          await printStatus({ ...head, noRule }, stats, terminal);
        }
        if (alarm !== undefined) {
          terminal.warn(`drason: ${alarm}`);
          terminal.exitCode = 3;
        }
        if (config.alerts) await alert(context, store);
      });
    });
}

/** The leads that no rule matches now, by persona, with the rule that is nearest by today's rules. */
async function noRuleNow(config: OrganizationConfig, store: StoreContext): Promise<NoRule> {
  const [{ NoRuleCount }, { buildRuleSet }, { noRuleGroups }] = await Promise.all([
    import('../routing/near-miss.js'),
    import('../routing/rule.js'),
    import('../store/leads/held-leads.js'),
  ]);
  const count = new NoRuleCount();
  for (const group of await noRuleGroups(store, config.organization)) count.add(group);
  return count.toNoRule(buildRuleSet(config.rules));
}

/** Tells of trouble that nobody was told of. Whether that works changes nothing about the status. */
async function alert(context: Context, store: StoreContext): Promise<void> {
  const { alertQuietly } = await import('../alerts/alert.js');
  const { terminal, sandbox } = context;
  const openForWriting = () => context.openStore(false);
  const config = context.organization();
  const problem = await alertQuietly({ store, openForWriting, config, env: terminal.env, sandbox });
  if (problem !== undefined) terminal.warn(`drason: ${problem}`);
}

/** A key that cannot be read is drason doctor's business; to look at the database none is needed. */
function keyAtHand(context: Context): string | undefined {
  try {
    return context.keyId();
  } catch (error) {
    if (error instanceof DrasonError) return undefined;
    throw error;
  }
}
