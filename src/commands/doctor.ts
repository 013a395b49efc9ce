import type { Command } from 'commander';
import { checkText } from '../cli/check-view.js';
import { type Context, withContext } from '../cli/context.js';
import type { Terminal } from '../cli/terminal.js';
import { systemClock } from '../clock.js';
import type { Check } from '../doctor/check-up.js';
import { redact } from '../redact.js';

/** `drason doctor` */
export function define(program: Command, terminal: Terminal): void {
  program
    .command('doctor')
    .summary('check a set-up end to end')
    .description(
      `Checks a set-up end to end, and says how to fix what is wrong: versions, health gate, rules
file, database, rules and their tests, secrets, Smartlead, key, clock, campaigns, recent pushes.
Looks at every organization of the rules file, unless --org names one. Pushes nothing and makes no
database; names and statuses of campaigns are kept where there is one.
✔ as it should be · ⚠ worth a look · ✖ must be fixed (exit 3)

Examples:
  $ drason doctor
  $ drason doctor --sandbox            without an account
  $ drason doctor --json | jq '.checks[] | select(.state == "failed")'`,
    )
    .action(async (_options, command: Command) => {
      // What is said of the rules file while it is read is one of the findings here.
      await withContext(command, { ...terminal, say: () => undefined }, async (context) => {
        const { checkUp } = await import('../doctor/check-up.js');
        const naming = namesOrganizations(context);
        const checks: Check[] = [];
        for await (const check of checkUp({ ...context, env: terminal.env, clock: systemClock })) {
          checks.push(check);
          if (terminal.json || (terminal.quiet && check.state === 'ok')) continue;
          await terminal.data(checkText(check, naming, terminal));
        }
        const failed = checks.filter(({ state }) => state === 'failed').length;
        if (terminal.json) {
          const shown = checks.map(({ name, state, organization, message, fix }) => {
            return { name, state, organization, message: redact(message), fix: fix === null ? null : redact(fix) };
          });
          await terminal.data(`${JSON.stringify({ schema: 1, ok: failed === 0, checks: shown })}\n`);
        } else if (!terminal.quiet) {
          const warnings = checks.filter(({ state }) => state === 'warning').length;
          const good = checks.length - failed - warnings;
          await terminal.data(`\n${good} as they should be, ${warnings} worth a look, ${failed} to be fixed\n`);
        }
        if (failed > 0) terminal.exitCode = 3;
      });
    });
}

/** Whether a line must say whose it is. A rules file that cannot be read is told of by the check-up. */
function namesOrganizations(context: Context): boolean {
  try {
    return context.rulesFile().organizations.size > 1;
  } catch {
    return false;
  }
}
