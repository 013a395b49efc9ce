import { dirname, join, resolve } from 'node:path';
import type { Command } from 'commander';
import { z } from 'zod';
import { type Context, makeContext } from '../cli/context.js';
import { readOptions, wholeNumber } from '../cli/options.js';
import type { Terminal } from '../cli/terminal.js';
import { dataDir } from '../config/locate.js';

/** `123` or `123:STOPPED`. */
const campaign = z
  .string()
  .regex(/^[\w-]+(:[A-Za-z_]+)?$/, 'expected an id, or an id and a status such as 123:STOPPED')
  .transform((text) => {
    const [id = '', status] = text.split(':');
    return { id, status };
  });

const optionsSchema = z.object({
  port: wholeNumber.refine((n) => n <= 65_535, 'expected a port, 0 to 65535').default(4010),
  account: z.string().min(1).optional(),
  campaign: z.array(campaign).default([]),
  credits: wholeNumber.optional(),
  fault: z.string().default(''),
  seed: wholeNumber.default(1),
});

const collect = (value: string, list: string[] = []) => [...list, value];

/** `drason sandbox`: a stand-in for Smartlead that keeps running. */
export function define(program: Command, terminal: Terminal): void {
  program
    .command('sandbox')
    .summary('a local stand-in for Smartlead')
    .description(
      `Runs a local stand-in for Smartlead until it is interrupted: strict validation, the request limit, campaigns,
duplicates, unsubscribes and credits. Nothing leaves this machine.

Examples:
  $ drason sandbox --port 4010
  $ SMARTLEAD_BASE_URL=http://127.0.0.1:4010/api/v1 SMARTLEAD_API_KEY=any drason ingest leads.csv --db trial.db
  $ drason sandbox --fault 'reset-after=10%,500=5%,latency=300ms' --seed 7     rehearse an outage`,
    )
    .option('--port <port>', 'where it listens on 127.0.0.1; 0 for any free port (default 4010)')
    .option('--account <file>', 'where the account is kept (default: in your data directory)')
    .option(
      '--campaign <id[:status]>',
      'a campaign that exists, besides those of the rules file, and its status; repeat for more',
      collect,
    )
    .option('--credits <n>', 'how many leads the account may still add')
    .option('--fault <faults>', 'misbehave: name=share, comma-separated (docs/sandbox.md)')
    .option('--seed <n>', 'makes the faults repeatable (default 1)')
    .action(async (_options, command: Command) => {
      const options = readOptions(optionsSchema, command.opts());
      const context = makeContext(command, terminal);
      const [{ startSandbox }, { parseFaults }, { makePrivateFolder }, { outputFor }] = await Promise.all([
        import('../sandbox/server.js'),
        import('../sandbox/faults.js'),
        import('../private-file.js'),
        import('../cli/output-for.js'),
      ]);
      const accountFile = options.account ?? join(dataDir(terminal.env), 'sandbox', 'server.account');
      makePrivateFolder(dirname(resolve(accountFile)));
      // an account that is there is gone on with, so only what no file may take the place of is refused here
      outputFor(context, { file: accountFile, what: 'the account', force: true, replacesOwn: false, isDatabase: true });
      const sandbox = await startSandbox({
        ...(options.fault === '' ? {} : parseFaults(options.fault, options.seed)),
        accountFile,
        port: options.port,
        onRequest: ({ method, path, status, fault }) =>
          terminal.say(`${method} ${path} ${status ?? '-'}${fault === undefined ? '' : ` (${fault})`}`),
      });
      sandbox.account.ensureCampaigns([...rulesCampaigns(context), ...options.campaign.map(({ id }) => id)]);
      for (const { id, status } of options.campaign) {
        if (status !== undefined) sandbox.account.setCampaignStatus(id, status);
      }
      if (options.credits !== undefined) sandbox.account.setCredits(options.credits);
      const campaigns = sandbox.account.campaigns().map((campaign) => String(campaign.id));
      const facts = { schema: 1, url: sandbox.url, account: accountFile, campaigns };
      if (terminal.json) await terminal.data(`${JSON.stringify(facts)}\n`);
      else {
        await terminal.data(`This is a sandbox: a stand-in for Smartlead on this machine. Nothing is mailed.
  SMARTLEAD_BASE_URL=${sandbox.url}
  SMARTLEAD_API_KEY=any key works; one that begins with "bad" is refused
  campaigns ${campaigns.join(', ')}
  account ${accountFile}
Stop it with Ctrl-C.
`);
      }
      await new Promise<void>((resolve) => {
        for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
      });
      await sandbox.close();
    });
}

/** The campaigns of the rules file, where there is one; a sandbox runs without. */
function rulesCampaigns(context: Context): string[] {
  try {
    return [...context.rulesFile().organizations.values()].flatMap((organization) =>
      organization.rules.map((rule) => rule.target_campaign_id),
    );
  } catch {
    return ['123456', '123457', '123458'];
  }
}
