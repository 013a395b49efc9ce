import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Bench, baseline, drason, type Ended, removeDatabase } from '../bench.js';
import { type Figure, inPairs, type Measure, megabytes, seconds } from '../figures.js';
import { leadFile, RULES } from '../lead-file.js';

/** Takes a file of so many rows in, into a new database or, `again`, into the one of the last time. */
export async function ingest(
  bench: Bench,
  rows: number,
  again = false,
  database = join(bench.folder, `ingest-${rows}.db`),
): Promise<Ended> {
  const file = await leadFile(bench, rows);
  const rules = join(bench.folder, 'rules.yaml');
  writeFileSync(rules, RULES);
  if (!again) removeDatabase(database);
  const ended = await drason(bench, ['ingest', file, '--no-push', '--db', database, '--rules', rules, '--json']);
  if (!ended.stdout.includes(`"rows":${rows},`)) throw new Error(`not ${rows} rows: ${ended.stdout}`);
  return ended;
}

async function bare(bench: Bench, rows: number): Promise<Ended> {
  const database = join(bench.folder, 'bare.db');
  removeDatabase(database);
  return baseline(bench, 'bare-ingest', [await leadFile(bench, rows), database]);
}

const sizes = (rows: number) => [1000, 100, 10, 1].map((part) => Math.ceil(rows / part));

export const ingestMeasure: Measure = {
  name: 'ingest',
  about: 'ingest --no-push of a CSV of ten columns, by the speed of a bare loop; and how it grows',
  async run(bench) {
    const figures: Figure[] = [];
    for (const rows of sizes(bench.rows)) {
      const timed = await inPairs(
        bench.pairs,
        async () => (await bare(bench, rows)).ms,
        async () => (await ingest(bench, rows)).ms,
      );
      figures.push({
        what: `ingest ${rows} rows, × the speed of the bare loop`,
        measured: seconds(timed.second),
        baseline: seconds(timed.first),
        ratio: timed.ratio,
        ...(rows === bench.rows ? { goal: { atLeast: 1 } } : {}),
      });
    }
    return figures;
  },
};

export const reingestMeasure: Measure = {
  name: 'reingest',
  about: 'the same file again, all known, by the speed of the first time',
  async run(bench) {
    const first: number[] = [];
    const timed = await inPairs(
      bench.pairs,
      async () => first.shift() ?? (await ingest(bench, bench.rows)).ms,
      async () => {
        // Each second time needs a first one before it, in whichever order the pair asks.
        if (first.length === 0) first.push((await ingest(bench, bench.rows)).ms);
        return (await ingest(bench, bench.rows, true)).ms;
      },
    );
    return [
      {
        what: `${bench.rows} known rows again, × the speed of the first ingest`,
        measured: seconds(timed.second),
        baseline: seconds(timed.first),
        ratio: timed.ratio,
        goal: { atLeast: 1 },
      },
    ];
  },
};

/** What a million rows may take, bytes. */
const MOST_MEMORY = 250e6;

export const memoryMeasure: Measure = {
  name: 'memory',
  about: 'peak memory of the large ingest, by that of one a tenth as large',
  async run(bench) {
    const rows = bench.rows;
    const peaks = await inPairs(
      bench.pairs,
      async () => (await ingest(bench, rows)).peak,
      async () => (await ingest(bench, Math.ceil(rows / 10))).peak,
    );
    return [
      {
        what: `peak memory at ${rows} rows, × that at ${Math.ceil(rows / 10)}`,
        measured: megabytes(peaks.first),
        baseline: megabytes(peaks.second),
        ratio: peaks.ratio,
        goal: { atMost: 1.4 },
        also: { what: `at most ${megabytes(MOST_MEMORY)}`, holds: peaks.first <= MOST_MEMORY },
      },
    ];
  },
};
