import { randomBytes } from 'node:crypto';
import { BlockList, isIP } from 'node:net';
import type { Command } from 'commander';
import { z } from 'zod';
import { type Context, withContext } from '../cli/context.js';
import { readOptions, wholeNumber } from '../cli/options.js';
import { watchSignals } from '../cli/signals.js';
import type { Terminal } from '../cli/terminal.js';
import { systemClock } from '../clock.js';
import type { SettingLines } from '../config/push-settings.js';
import { UsageError } from '../errors.js';

/** The proxies whose X-Forwarded-For is believed: addresses, or networks such as 172.16.0.0/12. */
function proxyList(texts: readonly string[], context: z.RefinementCtx): BlockList {
  const list = new BlockList();
  for (const text of texts) {
    const [address = '', bits] = text.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    const most = family === 'ipv6' ? 128 : 32;
    if (isIP(address) === 0 || (bits !== undefined && !(/^\d+$/.test(bits) && Number(bits) <= most))) {
      context.addIssue(`expected an IP address or a network such as 172.16.0.0/12, not ${text}`);
    } else list.addSubnet(address, Number(bits ?? most), family);
  }
  return list;
}

const optionsSchema = z.object({
  port: wholeNumber.refine((n) => n <= 65_535, 'expected a port, 0 to 65535').default(3001),
  host: z.string().min(1).default('127.0.0.1'),
  trustedProxy: z.array(z.string()).default([]).transform(proxyList),
  publicUrl: z.exactOptional(
    z.array(z.url({ protocol: /^https?$/, error: 'expected an address such as https://drason.example.com' })),
  ),
});

/** A request to Smartlead takes 30 seconds at most: by then all is settled and answered, and the exit code is 0. */
const GRACE_MS = 45_000;

/** `drason serve`: the HTTP doors and the delivery, until it is told to stop. */
export function define(program: Command, terminal: Terminal): void {
  program
    .command('serve')
    .summary('the HTTP doors: leads over HTTP and from Clay, events from Smartlead')
    .description(
      `Takes leads over HTTP and from Clay, takes Smartlead's events, and pushes whatever is due, until SIGTERM or Ctrl-C.
Other drason commands may work on the same database meanwhile.

Examples:
  $ drason keys create                     a key for POST /api/ingest, shown once
  $ drason serve --port 3001
  $ drason serve --sandbox                 against the local stand-in for Smartlead
  $ curl -s localhost:3001/readyz`,
    )
    .option('--port <port>', 'where it listens; 0 for any free port (default 3001)')
    .option('--host <address>', 'the address it listens on, or the path of a Unix socket (default 127.0.0.1)')
    .option(
      '--trusted-proxy <address...>',
      'proxies on other machines whose X-Forwarded-For counts; this machine always does',
    )
    .option(
      '--public-url <url...>',
      'the addresses it is reached by: /admin answers to their names and to those of this machine only',
    )
    .action(async (_options, command: Command) => {
      const options = readOptions(optionsSchema, command.opts());
      await withContext(command, terminal, async (context) => {
        await serve(context, options);
      });
    });
}

/** Where the stand-in of --sandbox answers, and with which key. */
async function sandboxOf(context: Context): Promise<{ url: string; key: string }> {
  // The account lasts as long as the database beside it, which has to be there first.
  const { openStore, closeStore } = await import('../store/engine/open.js');
  closeStore(await openStore(context.databasePath(), 'sandbox', systemClock, true));
  const [config] = context.organizations();
  const access = config ? await context.smartleadFor(config) : '';
  return typeof access === 'string' ? { url: '', key: '' } : { url: access.baseUrl, key: access.key.value };
}

/** What other commands refuse before they work on another client's organization. */
async function refuseForeignStore(context: Context): Promise<void> {
  const { closeStore } = await import('../store/engine/open.js');
  closeStore(await context.openOwnStore(true));
}

/** How one logs in to the pages: with the password of the rules file, else with a link that works once. */
async function entranceOf(context: Context): Promise<{ passwordHash: string } | { link: string }> {
  const { admin } = context.rulesFile();
  if (!admin) return { link: randomBytes(24).toString('base64url') };
  const [{ readSecret }, { isPasswordHash }] = await Promise.all([
    import('../config/secrets.js'),
    import('../config/password.js'),
  ]);
  const name = admin.passwordHashEnv;
  const hash = readSecret(name, context.terminal.env);
  if (!hash) throw new UsageError(`admin.password_hash_env: neither ${name} nor ${name}_FILE is set`, MAKE_HASH);
  if (!isPasswordHash(hash.value)) throw new UsageError(`The value of ${hash.from} is no password hash`, MAKE_HASH);
  return { passwordHash: hash.value };
}

async function settingLinesBy(context: Context): Promise<Record<string, SettingLines>> {
  const { settingLinesOf } = await import('../config/push-settings.js');
  const rules = context.rulesFile();
  return Object.fromEntries([...rules.organizations.keys()].map((name) => [name, settingLinesOf(rules, name)]));
}

/** Doors that stay closed because their secret is missing: nobody who sends to them is told. */
async function closedDoors(context: Context): Promise<string[]> {
  const { checkSecrets } = await import('../doctor/check-secrets.js');
  return context.organizations().flatMap((config) => {
    const missing = checkSecrets(config, context.terminal.env).filter(({ state }) => state === 'failed');
    const unnamed = config.smartlead.webhookSecretEnv === undefined && NO_WEBHOOK_SECRET;
    const problems = missing.map(({ message, fix }) => `${message}. ${fix ?? ''}`);
    return [...problems, ...(unnamed ? [unnamed] : [])].map((problem) => `${config.organization}: ${problem}`);
  });
}

const NO_WEBHOOK_SECRET =
  "smartlead.webhook_secret_env is not set: a webhook of Smartlead's is refused, and nobody who unsubscribes there is known here.";

/** An address that a browser can open: the one that means every address of this machine is none. */
function linkable(host: string, port: number): string {
  if (host === '0.0.0.0' || host === '::') return `http://localhost:${port}`;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

const MAKE_HASH = 'drason keys password makes one.';

async function serve(context: Context, options: z.infer<typeof optionsSchema>): Promise<void> {
  const { terminal } = context;
  const { port, trustedProxy } = options;
  const host = options.host.replace(/^\[(.*)\]$/, '$1');
  const publicUrls = options.publicUrl ?? context.rulesFile().serve?.publicUrls ?? [];
  const entrance = await entranceOf(context);
  await refuseForeignStore(context);
  const [{ startServer }, { isSocketPath }] = await Promise.all([
    import('../server/start.js'),
    import('../server/listen.js'),
  ]);
  const signals = watchSignals(terminal, undefined, GRACE_MS);
  try {
    const server = await startServer({
      host,
      port,
      databasePath: context.databasePath(),
      kind: context.sandbox ? 'sandbox' : 'live',
      organizations: context.organizations(),
      rulesPath: context.rulesFile().path,
      ...(context.sandbox ? { sandbox: await sandboxOf(context) } : {}),
      trustedProxies: trustedProxy,
      publicUrls,
      env: terminal.env,
      entrance,
      settingLines: await settingLinesBy(context),
      out: terminal.streams.stdout,
      verbose: terminal.verbose,
    });
    const isSocket = isSocketPath(host);
    const listening = isSocket ? host : `http://${host.includes(':') ? `[${host}]` : host}:${server.port}`;
    const local = isSocket ? 'http://localhost' : linkable(host, server.port);
    const address = publicUrls[0] === undefined ? local : new URL(publicUrls[0]).origin;
    terminal.say(`drason serves ${listening} (database ${context.databasePath()}); stop it with Ctrl-C`);
    terminal.say(
      'link' in entrance
        ? `admin page: ${address}/admin/login?link=${entrance.link} (works once, within an hour)`
        : `admin page: ${address}/admin`,
    );
    for (const problem of [...(await closedDoors(context)), ...server.problems]) terminal.warn(`drason: ${problem}`);
    const { stopping } = signals;
    if (!stopping.aborted) await new Promise((resolve) => stopping.addEventListener('abort', resolve, { once: true }));
    await server.stop();
    // Stopped as asked is a good end; a terminal that was closed under it is not.
    if (signals.received() === 'SIGHUP' && terminal.streams.stdout.isTTY) terminal.exitCode = 129;
  } finally {
    signals.stop();
  }
}
