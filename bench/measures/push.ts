import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startSandbox } from '../../src/sandbox/server.js';
import { type Bench, drason, removeDatabase } from '../bench.js';
import { type Measure, median, seconds, spread } from '../figures.js';

/** Uneven on purpose: no campaign fills its last batch. */
const SHARES = [0.2965, 0.2035, 0.1512, 0.0988, 0.0811, 0.0689, 0.0507, 0.0303, 0.019];
const LATENCY_MS = 100;

interface Pushed {
  posts: number;
  /** From the first request's arrival to the last one's, milliseconds. */
  span: number;
}

async function push(bench: Bench, counts: readonly number[]): Promise<Pushed> {
  const times: number[] = [];
  const sandbox = await startSandbox({
    latencyMs: LATENCY_MS,
    onRequest: ({ method, at }) => {
      if (method === 'POST') times.push(at);
    },
  });
  try {
    sandbox.account.ensureCampaigns(counts.map((_count, n) => String(n + 1)));
    const rules = counts.map((_count, n) => `  - { persona: P${n}, target_campaign_id: "${n + 1}" }\n`).join('');
    const rows = counts.flatMap((count, n) =>
      Array.from({ length: count }, (_, k) => `p${n}.${k}@example.com,P${n}\n`),
    );
    const [rulesFile, leads, database] = ['push.yaml', 'push.csv', 'push.db'].map((name) => join(bench.folder, name));
    if (rulesFile === undefined || leads === undefined || database === undefined) throw new Error('no files');
    writeFileSync(rulesFile, `rules:\n${rules}`);
    writeFileSync(leads, `email,persona\n${rows.join('')}`);
    removeDatabase(database);
    const env = { SMARTLEAD_BASE_URL: sandbox.url, SMARTLEAD_API_KEY: 'bench' };
    const { stdout } = await drason(bench, ['ingest', leads, '--db', database, '--rules', rulesFile, '--json'], env);
    if (!stdout.includes(`"active":${rows.length}`)) throw new Error(`not all are ACTIVE: ${stdout}`);
    return { posts: times.length, span: Math.max(...times) - Math.min(...times) };
  } finally {
    await sandbox.close();
  }
}

export const pushMeasure: Measure = {
  name: 'push',
  about: 'ingest of 20,000 leads over 9 campaigns, by the pace that 10 requests in 2 s allow',
  async run(bench) {
    const leads = bench.smoke ? 1200 : 20_000;
    const counts = SHARES.map((share) => Math.round(share * leads));
    const expected = counts.reduce((sum, count) => sum + Math.ceil(count / 100), 0);
    const best = (expected / 10 - 1) * 2000;
    const runs: Pushed[] = [];
    for (let n = 0; n < bench.pairs; n++) runs.push(await push(bench, counts));
    const spans = runs.map(({ span }) => span);
    return [
      {
        what: `pushing ${leads} leads over ${counts.length} campaigns, ${LATENCY_MS} ms latency, × the rate`,
        measured: seconds(median(spans)),
        baseline: `${seconds(best)} (computed)`,
        ratio: spread(spans.map((span) => best / span)),
        goal: { atLeast: 0.9 },
        also: { what: `${expected} POSTs each time`, holds: runs.every(({ posts }) => posts === expected) },
      },
    ];
  },
};
