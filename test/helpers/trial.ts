import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { onTestFinished } from 'vitest';
import { z } from 'zod';
import {
  type RequestRecord,
  type RunningSandbox,
  type SandboxOptions,
  startSandbox,
} from '../../src/sandbox/server.js';
import { askCli } from './call-cli.js';
import { type CliOptions, type CliResult, ROOT, runCli } from './run-cli.js';
import { tempDir } from './temp-dir.js';

/** What a run prints with --json, as far as tests look at it. */
const summarySchema = z.looseObject({
  schema: z.literal(1),
  run_id: z.string(),
  organization: z.string(),
  dry_run: z.boolean(),
  rows: z.number(),
  health: z.object({ green: z.number(), yellow: z.number(), red: z.number() }),
  outcomes: z.object({
    active: z.number(),
    already_active: z.number(),
    held: z.number(),
    unassigned: z.number(),
    blocked: z.number(),
    duplicate: z.number(),
    rejected: z.number(),
  }),
  held_reasons: z.record(z.string(), z.number()),
  campaigns: z.record(z.string(), z.object({ active: z.number(), held: z.number() })),
  elsewhere: z.record(z.string(), z.number()),
  requests: z.number(),
  duration_ms: z.number(),
  exit_code: z.number(),
  problems: z.array(z.string()),
});
export type Summary = z.infer<typeof summarySchema>;

/** A folder with rules, a sandbox server that records what it is asked, and the CLI pointed at both. */
export interface Trial {
  dir: string;
  sandbox: RunningSandbox;
  /** Every request the server got, oldest first. */
  requests: RequestRecord[];
  /** POSTs among them. */
  pushes(): RequestRecord[];
  write(name: string, text: string | Buffer): string;
  run(args: readonly string[], options?: Partial<CliOptions>): Promise<CliResult>;
  /** Runs with --json, checks the sums that hold in every run, and gives the summary. */
  summary(args: readonly string[], options?: Partial<CliOptions>): Promise<Summary & { result: CliResult }>;
  /** Rows of the database. */
  query<Row>(sql: string, ...values: Array<string | number>): Row[];
  /** How many leads the database has in each state, such as `{ ACTIVE: 3, 'HELD auth': 1 }`. */
  states(): Record<string, number>;
  /** The sandbox's memberships as `campaign email`, sorted; throws when a lead was attached to one twice. */
  memberships(): string[];
}

export const THREE_CAMPAIGNS = ['123456', '123457', '123458'];

/**
 * Sets a trial up with rules.example.yaml (or `rules`) and the database trial.db. Everything goes when the test ends.
 * A run is a call in this process where nothing stands against it, and with `processes` always a process of its own.
 */
export async function startTrial(
  options: SandboxOptions & { rules?: string; campaigns?: string[]; processes?: boolean } = {},
): Promise<Trial> {
  const { rules, campaigns = THREE_CAMPAIGNS, processes = false, ...sandboxOptions } = options;
  const dir = tempDir();
  const requests: RequestRecord[] = [];
  const sandbox = await startSandbox({ ...sandboxOptions, onRequest: (record) => requests.push(record) });
  onTestFinished(() => sandbox.close());
  sandbox.account.ensureCampaigns(campaigns);
  if (rules === undefined) copyFileSync(join(ROOT, 'rules.example.yaml'), join(dir, 'rules.yaml'));
  else writeFileSync(join(dir, 'rules.yaml'), rules);

  const trial: Trial = {
    dir,
    sandbox,
    requests,
    pushes: () => requests.filter(({ method }) => method === 'POST'),
    write(name, text) {
      writeFileSync(join(dir, name), text);
      return name;
    },
    run(args, more = {}) {
      const env = {
        SMARTLEAD_BASE_URL: sandbox.url,
        SMARTLEAD_API_KEY: 'trial-key-5f2a',
        DRASON_DB: join(dir, 'trial.db'),
      };
      const call = { cwd: dir, ...more, env: { ...env, ...more.env } };
      return processes ? runCli(args, call) : askCli(args, call);
    },
    async summary(args, more) {
      const result = await trial.run([...args, '--json'], more);
      if (!result.stdout.startsWith('{"schema":1,"command"')) throw new Error(`no summary: ${JSON.stringify(result)}`);
      const summary = summarySchema.parse(JSON.parse(result.stdout));
      const sum = Object.values(summary.outcomes).reduce((total, n) => total + n, 0);
      if (sum !== summary.rows) throw new Error(`sums differ: ${result.stdout}`);
      if (summary.exit_code !== result.code) throw new Error(`exit code ${result.code}: ${result.stdout}`);
      return { ...summary, result };
    },
    query<Row>(sql: string, ...values: Array<string | number>) {
      const db = new BetterSqlite3(join(dir, 'trial.db'), { readonly: true });
      try {
        return db.prepare<Array<string | number>, Row>(sql).all(...values);
      } finally {
        db.close();
      }
    },
    states() {
      const rows = trial.query<{ state: string; n: number }>(
        "SELECT status || coalesce(' ' || hold_reason, '') AS state, count(*) AS n FROM leads GROUP BY 1 ORDER BY 1",
      );
      return Object.fromEntries(rows.map(({ state, n }) => [state, n]));
    },
    memberships() {
      const all = sandbox.account.memberships();
      const twice = all.filter(({ attachments }) => attachments !== 1);
      if (twice.length > 0) throw new Error(`attached more than once: ${JSON.stringify(twice)}`);
      return all.map(({ campaign_id, email }) => `${campaign_id} ${email}`).sort();
    },
  };
  return trial;
}

const HEADER = 'email,first_name,last_name,company,persona,lead_score';

/** A CSV of leads given as `email persona score`, with names made from their place. */
export function leadCsv(
  leads: ReadonlyArray<readonly [email: string, persona: string, score: number | string]>,
): string {
  const rows = leads.map(
    ([email, persona, score], n) => `${email},First${n},Last${n},Company ${n},${persona},${score}`,
  );
  return `${[HEADER, ...rows].join('\n')}\n`;
}

/** A CSV of `count` leads of one persona, `lead0@example.com` and on, or with another prefix. */
export function manyLeads(count: number, persona = 'VP Sales', score = 85, prefix = 'lead'): string {
  return leadCsv(Array.from({ length: count }, (_, n) => [`${prefix}${n}@example.com`, persona, score] as const));
}

/** A rules file with one rule a campaign, given as `[persona, campaign]`, and further lines of YAML. */
export function rulesFor(rules: ReadonlyArray<readonly [persona: string, campaign: string]>, more = ''): string {
  const lines = rules.map(
    ([persona, id]) => `  - { persona: ${JSON.stringify(persona)}, target_campaign_id: "${id}" }`,
  );
  return `${more}rules:\n${lines.join('\n')}\n`;
}
