import { setTimeout as wait } from 'node:timers/promises';
import { parseFaults } from '../../src/sandbox/faults.js';
import { RULES } from './doors.js';
import { densest } from './faults.js';
import { createKey, type Serving, startServe } from './serve.js';
import { startTrial, type Trial } from './trial.js';

export interface ServeCrashPlan {
  posts: number;
  kills: number;
  /** For the sandbox, as `drason sandbox --fault` takes them. */
  faults: string;
  seed: number;
  /** Requests to Smartlead a second. */
  perSecond: number;
  batchSize: number;
}

/** What the clients, the ledger and the account say in the end. All but the first five and the last two must be 0. */
export interface ServeCrashFigures {
  kills: number;
  requests: number;
  /** Posts that were answered 2xx, those of them before the last kill, and those that had to be sent more than once. */
  answered: number;
  answeredBeforeKills: number;
  sentAgain: number;
  /** Answered 2xx, and not in the database under the id of the answer. */
  lost: number;
  /** Said to be in Smartlead, and not there. */
  saidFalsely: number;
  attachedTwice: number;
  /** Neither proven nor held with a reason that somebody can act on. */
  stuck: number;
  activeButNotThere: number;
  thereButNotActive: number;
  /** The most requests that the stand-in met within a second. */
  densest: number;
  integrity: string;
}

interface Said {
  email: string;
  leadId: string;
  pushed: boolean;
  at: number;
  tries: number;
}

/** Sends a post until it is answered 2xx, as a client with patience does. */
async function postUntilAnswered(port: number, key: string, email: string, waitS: number): Promise<Said> {
  for (let tries = 1; ; tries++) {
    try {
      const answer = await fetch(`http://127.0.0.1:${port}/api/ingest?wait=${waitS}`, {
        method: 'POST',
        headers: { 'x-api-key': key, 'content-type': 'application/json' },
        body: JSON.stringify({ email, persona: 'VP Sales', lead_score: 85 }),
      });
      const text = await answer.text();
      const said = /"leadId":"([^"]+)".*"pushedToSmartlead":(true|false)/.exec(text);
      if (answer.ok && said)
        return { email, leadId: said[1] ?? '', pushed: said[2] === 'true', at: performance.now(), tries };
    } catch {
      // killed under it
    }
    await wait(50 + Math.random() * 150);
  }
}

/** Lets many posts come at once while the service is killed and started again, then finishes and compares all sides. */
export async function serveCrashTrial(plan: ServeCrashPlan): Promise<ServeCrashFigures> {
  const trial = await startTrial({
    ...parseFaults(plan.faults, plan.seed),
    rateLimit: null,
    latencyMs: 30,
    rules: `${RULES.replace(
      'smartlead: {',
      `smartlead: { batch_size: ${plan.batchSize}, rate_limit: [{ requests: ${plan.perSecond}, per: 1s }],`,
    )}`,
  });
  const { key } = await createKey(trial);
  let serving = await startServe(trial);
  const { port } = serving;
  const emails = Array.from({ length: plan.posts }, (_, n) => `lead${n}@example.com`);
  const posts = Promise.all(emails.map((email, n) => postUntilAnswered(port, key, email, n % 3)));
  let killedAt = 0;
  for (let kills = 0; kills < plan.kills; kills++) {
    await wait(200 + Math.random() * 600);
    killedAt = performance.now();
    await serving.stop('SIGKILL');
    serving = await startServe(trial, { args: ['--port', String(port)] });
  }
  const answers = await posts;
  await finish(trial, serving);
  return { ...compare(trial, plan, answers), answeredBeforeKills: answers.filter(({ at }) => at < killedAt).length };
}

/** Stops the service as one does, and lets the command line take up what is not due yet. */
async function finish(trial: Trial, serving: Serving): Promise<void> {
  const { code } = await serving.stop();
  if (code !== 0) throw new Error(`drason serve ended with ${code}: ${serving.stderr()}`);
  const waiting = () =>
    trial.query("SELECT 1 FROM leads WHERE hold_reason IN ('queued', 'unknown', 'push_failed', 'auth')").length;
  for (let round = 0; round < 40 && waiting() > 0; round++) {
    await trial.run(['retry', '--held', '--now', '--quiet']);
  }
}

function compare(
  trial: Trial,
  plan: ServeCrashPlan,
  answers: readonly Said[],
): Omit<ServeCrashFigures, 'answeredBeforeKills'> {
  const rows = trial.query<{ id: string; email: string; status: string; place: string }>(
    "SELECT id, email, status, assigned_campaign_id || ' ' || email AS place FROM leads",
  );
  const memberships = trial.sandbox.account.memberships();
  const there = new Set(memberships.map(({ campaign_id, email }) => `${campaign_id} ${email}`));
  const here = new Set(rows.filter(({ status }) => status === 'ACTIVE').map(({ place }) => place));
  const idOf = new Map(rows.map(({ id, email }) => [email, id]));
  const members = new Set(memberships.map(({ email }) => email));
  return {
    kills: plan.kills,
    requests: trial.requests.length,
    answered: answers.length,
    sentAgain: answers.filter(({ tries }) => tries > 1).length,
    lost: answers.filter(({ email, leadId }) => idOf.get(email) !== leadId).length,
    saidFalsely: answers.filter(({ email, pushed }) => pushed && !members.has(email)).length,
    attachedTwice: memberships.filter(({ attachments }) => attachments !== 1).length,
    stuck: trial.query("SELECT 1 FROM leads WHERE attempt_id IS NOT NULL OR hold_reason IN ('queued', 'unknown')")
      .length,
    activeButNotThere: [...here].filter((place) => !there.has(place)).length,
    thereButNotActive: [...there].filter((place) => !here.has(place)).length,
    densest: densest(
      trial.requests.map(({ at }) => at),
      1000,
    ),
    integrity: Object.values(trial.query<Record<string, string>>('PRAGMA integrity_check')[0] ?? {}).join(),
  };
}
