import type { Command } from 'commander';
import { z } from 'zod';
import { canonicalAddress } from '../address.js';
import { withContext } from '../cli/context.js';
import { oneOf, positive, readOptions, timeSpan } from '../cli/options.js';
import type { Terminal } from '../cli/terminal.js';
import { UsageError } from '../errors.js';
import { HOLD_REASONS } from '../lead.js';

const optionsSchema = z.object({
  held: z.boolean().default(false),
  now: z.boolean().default(false),
  reason: oneOf(HOLD_REASONS).optional(),
  run: z.string().optional(),
  campaign: z.string().optional(),
  email: z.string().transform(canonicalAddress).optional(),
  includeRefused: z.boolean().default(false),
  limit: positive.optional(),
  maxWait: timeSpan.default(60_000),
});

/** `drason retry --held` */
export function define(program: Command, terminal: Terminal): void {
  program
    .command('retry')
    .summary('give HELD leads another chance')
    .description(
      `Gives HELD leads another chance, by today's rules and gate, and pushes what is due.

Examples:
  $ drason retry --held                        everything whose time has come (safe in cron)
  $ drason retry --held --now                  now, whatever the waiting time; lifts stopped keys and campaigns
  $ drason retry --held --reason review        what ingest --no-push left for you, and what a stop sign holds`,
    )
    .option('--held', 'take HELD leads up (required: nothing else is ever retried)')
    .option('--now', 'ignore waiting times, and lift stopped keys, stopped campaigns and a credit stop')
    .option('--reason <reason>', `only leads held for this reason: ${HOLD_REASONS.join(', ')}`)
    .option(
      '--run <id>',
      'only leads that this run (its id, the beginning of it, or last) took in last; leads held for review among them',
    )
    .option('--campaign <id>', 'only leads of this campaign')
    .option('--email <address>', 'only this lead')
    .option('--include-refused', 'leads that Smartlead refused, too')
    .option('--limit <n>', 'take up at most n leads')
    .option('--max-wait <time>', 'end with exit code 5 when a pause is longer than this (default 60s)')
    .action(async (_options, command: Command) => {
      const options = readOptions(optionsSchema, command.opts());
      if (!options.held) throw new UsageError('drason retry needs --held', 'Run: drason retry --held');
      await withContext(command, terminal, async (context) => {
        const { organization } = context.organization();
        const store = await context.openOwnStore(false);
        const smartlead = await context.smartlead();
        if (options.now && typeof smartlead !== 'string') {
          const { liftEverything } = await import('../store/queue/stops.js');
          await liftEverything(store, smartlead.keyId);
        }
        const [{ reasonsOf, retryHeld }, { runAndReport }, { runMeant }] = await Promise.all([
          import('../pipeline/retry-held.js'),
          import('../cli/run-command.js'),
          import('../cli/run-ids.js'),
        ]);
        const runId = options.run === undefined ? undefined : (await runMeant(store, organization, options.run)).id;
        const filter = {
          reason: options.reason,
          runId,
          campaignId: options.campaign,
          emails: options.email === undefined ? undefined : [options.email],
          anyReason: false,
          includeRefused: options.includeRefused,
          now: options.now,
          limit: options.limit,
        };
        if (reasonsOf(filter).length === 0) {
          throw new UsageError('refused leads are retried only with --include-refused', 'Add --include-refused.');
        }
        const request = { store, push: true, dryRun: false, maxWaitMs: options.maxWait, inputs: '' };
        await runAndReport(context, request, (run) => retryHeld(run, filter));
      });
    });
}
