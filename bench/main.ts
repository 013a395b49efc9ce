import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { openBench } from './bench.js';
import { type Figure, isMet, type Measure } from './figures.js';
import { aboutMachine } from './machine.js';
import { claimMeasure } from './measures/claim.js';
import { httpMeasure } from './measures/http.js';
import { ingestMeasure, memoryMeasure, reingestMeasure } from './measures/ingest.js';
import { installMeasure } from './measures/install.js';
import { listsMeasure } from './measures/lists.js';
import { pushMeasure } from './measures/push.js';
import { sizeMeasure } from './measures/size.js';
import { rulesTestMeasure, versionMeasure } from './measures/start-up.js';
import { printFigures } from './print.js';

const MEASURES: readonly Measure[] = [
  ingestMeasure,
  reingestMeasure,
  memoryMeasure,
  versionMeasure,
  rulesTestMeasure,
  pushMeasure,
  claimMeasure,
  listsMeasure,
  sizeMeasure,
  httpMeasure,
  installMeasure,
];

const USAGE = `npm run bench -- [MEASURE…] [--rows N] [--pairs N] [--json FILE]
  --list     the measures
  --smoke    every measure on tiny inputs, to prove that the benchmarks work
  --rows     rows of the large inputs (default 1000000)
  --pairs    how often each is measured against its baseline (default 5)
  --json     writes the figures there, too
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    list: { type: 'boolean', default: false },
    smoke: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
    rows: { type: 'string', default: '1000000' },
    pairs: { type: 'string', default: '5' },
    json: { type: 'string' },
  },
});
const unknown = positionals.filter((name) => !MEASURES.some((measure) => measure.name === name));

if (values.help || unknown.length > 0) {
  process.stderr.write(unknown.length > 0 ? `no measure ${unknown.join(', ')}; --list names them\n${USAGE}` : USAGE);
  process.exitCode = values.help ? 0 : 2;
} else if (values.list) {
  for (const { name, about } of MEASURES) process.stdout.write(`${name.padEnd(10)} ${about}\n`);
} else {
  await measure(MEASURES.filter(({ name }) => positionals.length === 0 || positionals.includes(name)));
}

async function measure(measures: readonly Measure[]): Promise<void> {
  const { smoke } = values;
  const bench = openBench({ rows: smoke ? 1000 : Number(values.rows), pairs: smoke ? 1 : Number(values.pairs), smoke });
  const machine = aboutMachine();
  process.stdout.write(`${machine.text}\n`);
  const results: Array<Figure & { measure: string; met: boolean | undefined }> = [];
  for (const { name, run } of measures) {
    process.stderr.write(`${name} …\n`);
    for (const figure of await run(bench)) results.push({ measure: name, ...figure, met: isMet(figure) });
  }
  printFigures(results, smoke);
  if (values.json !== undefined) {
    const { rows, pairs } = bench;
    writeFileSync(
      values.json,
      `${JSON.stringify({ schema: 1, machine, rows, pairs, smoke, figures: results }, null, 2)}\n`,
    );
  }
}
