import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { z } from 'zod';
import type { CliOptions, CliResult } from './run-cli.js';
import { rulesFor, type Trial } from './trial.js';

const counts = z.record(z.string(), z.number());

/** What `reconcile --json` prints, as far as tests look at it. */
const reportSchema = z.looseObject({
  schema: z.literal(1),
  command: z.literal('reconcile'),
  fix: z.boolean(),
  complete: z.boolean(),
  campaigns: z.array(
    z.looseObject({
      id: z.string(),
      name: z.string().nullable(),
      state: z.string(),
      roster_total: z.number().nullable(),
      roster_read: z.number(),
      adds_up: z.boolean(),
      resumed: z.boolean(),
      known: z.number(),
      look_ups: z.number(),
      differences: counts,
      reported: counts,
    }),
  ),
  differences: counts,
  reported: counts,
  fixed: z.number(),
  left: z.number(),
  leads: z.array(
    z.object({
      campaign: z.string(),
      email: z.string(),
      kind: z.string(),
      was: z.string().nullable(),
      fixed: z.boolean(),
    }),
  ),
  leads_left_off: z.number(),
  requests: z.number(),
  problems: z.array(z.string()),
  exit_code: z.number(),
  next: z.string().nullable(),
});
export type Report = z.infer<typeof reportSchema>;

/** Rules for campaigns 1 and 2 with a limit that no test reaches, unless another is given. */
export const reconcileRules = (limit = '{ requests: 1000, per: 1s }') =>
  rulesFor(
    [
      ['P1', '1'],
      ['P2', '2'],
    ],
    `smartlead:\n  rate_limit: [${limit}]\n  settings: { ignore_duplicate_leads_in_other_campaign: false }\n`,
  );

/** What every trial of these tests has; the sandbox itself sets no limit. */
export const TWO_CAMPAIGNS = { rules: reconcileRules(), campaigns: ['1', '2'], rateLimit: null };

/** `reconcile --json`, checked and read, without the counts that are 0. */
export async function reconcileJson(
  trial: Trial,
  args: readonly string[] = [],
  options: Partial<CliOptions> = {},
): Promise<Report & { result: CliResult; found: Record<string, number> }> {
  const result = await trial.run(['reconcile', ...args, '--json'], options);
  if (!result.stdout.startsWith('{"schema":1,"command"')) throw new Error(`no report: ${JSON.stringify(result)}`);
  const report = reportSchema.parse(JSON.parse(result.stdout));
  if (report.exit_code !== result.code) throw new Error(`exit code ${result.code}: ${result.stdout}`);
  const all = Object.entries({ ...report.differences, ...report.reported });
  return { ...report, result, found: Object.fromEntries(all.filter(([, n]) => n > 0)) };
}

/** What the database holds of leads and their story, to be compared. */
export function ledger(trial: Trial): unknown {
  return ['leads', 'memberships', 'audit_logs'].map((table) => trial.query(`SELECT * FROM ${table} ORDER BY 1, 2`));
}

/** Strangers join a campaign behind drason's back. */
export function join(trial: Trial, emails: readonly string[], campaign = '1'): void {
  const { account } = trial.sandbox;
  account.immediate(() => {
    for (const email of emails) account.attach(campaign, account.saveLead({ email }));
  });
}

export const many = (n: number, name = 'stranger') => Array.from({ length: n }, (_, i) => `${name}${i}@example.com`);

/** ACTIVE leads, as `campaign email`, whose campaign does not have them. */
export function activeButNotThere(trial: Trial): string[] {
  const there = new Set(trial.sandbox.account.memberships().map(({ campaign_id, email }) => `${campaign_id} ${email}`));
  return trial
    .query<{ place: string }>("SELECT assigned_campaign_id || ' ' || email AS place FROM leads WHERE status = 'ACTIVE'")
    .map(({ place }) => place)
    .filter((place) => !there.has(place));
}

/** The offsets of the roster pages that were asked for, and the addresses that were looked up, since `from`. */
export function asked(trial: Trial, from = 0): { offsets: number[]; lookUps: string[] } {
  const gets = trial.requests.slice(from).filter(({ method }) => method === 'GET');
  return {
    offsets: gets.filter(({ query }) => 'offset' in query).map(({ query }) => Number(query.offset)),
    lookUps: gets.flatMap(({ query }) => query.email ?? []),
  };
}

/** A way to the sandbox on which answers may be changed. Gives its URL. */
export async function changingWay(
  trial: Trial,
  change: (url: URL, body: string) => string | Promise<string>,
): Promise<string> {
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '', trial.sandbox.url);
    const sent = await text(request);
    const answer = await fetch(url, {
      method: request.method ?? 'GET',
      headers: { 'content-type': 'application/json' },
      ...(sent === '' ? {} : { body: sent }),
    });
    const body = await change(url, await answer.text());
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}/api/v1`;
}
