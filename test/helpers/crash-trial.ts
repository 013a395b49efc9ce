import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';
import { parseFaults } from '../../src/sandbox/faults.js';
import { BIN } from './run-cli.js';
import { leadCsv, startTrial, type Trial } from './trial.js';

export interface CrashPlan {
  leads: number;
  kills: number;
  /** For the sandbox, as `drason sandbox --fault` takes them. */
  faults: string;
  seed: number;
  /** Requests a second: so slow that the work outlasts the kills. */
  perSecond: number;
  batchSize: number;
}

/** What the ledger and the account say when everything has been tried again. All but the first three must be 0. */
export interface CrashFigures {
  kills: number;
  requests: number;
  activeWhenKillsEnded: number;
  lost: number;
  attachedTwice: number;
  stuck: number;
  activeButNotThere: number;
  thereButNotActive: number;
  integrity: string;
}

const CAMPAIGNS = ['1', '2', '3'];

function rulesFor(plan: CrashPlan): string {
  const rules = CAMPAIGNS.map((id) => `  - { persona: P${id}, target_campaign_id: "${id}" }`);
  return `smartlead:
  batch_size: ${plan.batchSize}
  rate_limit: [{ requests: ${plan.perSecond}, per: 1s }]
rules:
${rules.join('\n')}
`;
}

/** Keeps one command running, killed after a random while and begun again, until there were enough kills. */
async function killAgainAndAgain(
  trial: Trial,
  args: string[],
  plan: CrashPlan,
  count: { kills: number; startMs: number },
): Promise<void> {
  while (count.kills < plan.kills) {
    const child: ChildProcess = spawn(process.execPath, [BIN, ...args, '--quiet'], {
      cwd: trial.dir,
      env: {
        PATH: process.env.PATH,
        HOME: trial.dir,
        SMARTLEAD_BASE_URL: trial.sandbox.url,
        SMARTLEAD_API_KEY: 'crash-key-77',
        DRASON_DB: `${trial.dir}/trial.db`,
      },
      stdio: 'ignore',
    });
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    // Some die while they start, most at work, however slow the machine is just now.
    await Promise.race([wait(count.startMs * (0.4 + Math.random()) + Math.random() * 600), ended]);
    if (child.exitCode === null && child.kill('SIGKILL')) count.kills++;
    await ended;
  }
}

/** Lets an ingest and a retry be killed again and again, then finishes the work and compares the two sides. */
export async function crashTrial(plan: CrashPlan): Promise<CrashFigures> {
  const trial = await startTrial({
    ...parseFaults(plan.faults, plan.seed),
    rateLimit: { requests: plan.perSecond, windowMs: 1000 },
    rules: rulesFor(plan),
    campaigns: CAMPAIGNS,
  });
  const leads = Array.from({ length: plan.leads }, (_, n) => [`lead${n}@example.com`, `P${(n % 3) + 1}`, 50] as const);
  trial.write('leads.csv', leadCsv(leads));
  const began = performance.now();
  await trial.run(['ingest', 'leads.csv', '--limit', '1', '--no-push', '--quiet']);
  await trial.run(['retry', '--held', '--reason', 'review', '--quiet']);
  const count = { kills: 0, startMs: (performance.now() - began) / 2 };
  await Promise.all([
    killAgainAndAgain(trial, ['ingest', 'leads.csv'], plan, count),
    killAgainAndAgain(trial, ['retry', '--held', '--now'], plan, count),
  ]);

  const active = () =>
    trial.query<{ place: string }>(
      "SELECT assigned_campaign_id || ' ' || email AS place FROM leads WHERE status = 'ACTIVE'",
    );
  const activeWhenKillsEnded = active().length;
  await trial.run(['ingest', 'leads.csv', '--quiet']);
  for (let round = 0; round < 60 && active().length < plan.leads; round++) {
    await trial.run(['retry', '--held', '--now', '--quiet']);
  }

  const memberships = trial.sandbox.account.memberships();
  const there = new Set(memberships.map(({ campaign_id, email }) => `${campaign_id} ${email}`));
  const here = new Set(active().map(({ place }) => place));
  return {
    kills: count.kills,
    requests: trial.pushes().length,
    activeWhenKillsEnded,
    lost: plan.leads - here.size,
    attachedTwice: memberships.filter(({ attachments }) => attachments !== 1).length,
    stuck: trial.query('SELECT 1 FROM leads WHERE attempt_id IS NOT NULL').length,
    activeButNotThere: [...here].filter((place) => !there.has(place)).length,
    thereButNotActive: [...there].filter((place) => !here.has(place)).length,
    integrity: Object.values(trial.query<Record<string, string>>('PRAGMA integrity_check')[0] ?? {}).join(),
  };
}
