import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Bench, baseline, drason } from '../bench.js';
import { type Figure, inPairs, type Measure, seconds } from '../figures.js';
import { RULES } from '../lead-file.js';

/** Start-ups are short and cheap to repeat. */
const PAIRS = 15;

async function againstCommander(
  bench: Bench,
  what: string,
  args: readonly string[],
  atMost: number,
): Promise<Figure[]> {
  const timed = await inPairs(
    bench.smoke ? 1 : PAIRS,
    async () => (await drason(bench, args)).ms,
    async () => (await baseline(bench, 'bare-commander', ['--version'])).ms,
  );
  return [
    { what, measured: seconds(timed.first), baseline: seconds(timed.second), ratio: timed.ratio, goal: { atMost } },
  ];
}

export const versionMeasure: Measure = {
  name: 'version',
  about: 'drason --version, by node loading commander and printing',
  run: (bench) => againstCommander(bench, 'drason --version, × commander alone', ['--version'], 1.15),
};

export const rulesTestMeasure: Measure = {
  name: 'rules-test',
  about: 'drason rules test --email, by the same',
  run: (bench) => {
    const rules = join(bench.folder, 'rules.yaml');
    writeFileSync(rules, RULES);
    const lead = ['--email', 'ann@acme.com', '--persona', 'VP Sales', '--score', '85'];
    const args = ['rules', 'test', '--rules', rules, ...lead];
    return againstCommander(bench, 'drason rules test --email, × commander alone', args, 2);
  },
};
