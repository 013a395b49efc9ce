import { join } from 'node:path';
import { openSqlite } from '../../src/sqlite.js';
import { type Bench, drason } from '../bench.js';
import { type Figure, inPairs, type Measure, seconds } from '../figures.js';
import { mixedDatabase } from '../mixed-database.js';

/** About a second is the most that a person should wait for an answer, milliseconds. */
const MOST_MS = 1200;

/** Each command that answers from the database, with its goal if it has one. */
const ASKED: ReadonlyArray<{ args: readonly string[]; atMost?: number }> = [
  { args: ['leads', '--status', 'HELD', '--limit', '100'], atMost: 3 },
  { args: ['status'], atMost: 3 },
  { args: ['why', 'EMAIL'], atMost: 3 },
  { args: ['audit', '--limit', '100'], atMost: 3 },
  { args: ['leads', '--campaign', '7', '--limit', '100'] },
  { args: ['leads', '--persona', 'nobody', '--limit', '100'] },
  { args: ['audit', '--action', 'discarded', '--limit', '100'] },
];

function someAddress(database: string): string {
  const db = openSqlite(database, { readonly: true });
  const email = db.prepare<[], string>("SELECT email FROM leads WHERE status = 'ACTIVE' LIMIT 1").pluck().get() ?? '';
  db.close();
  return email;
}

async function ask(bench: Bench, rows: number, args: readonly string[]): Promise<number> {
  const database = await mixedDatabase(bench, rows);
  const given = args.map((arg) => (arg === 'EMAIL' ? someAddress(database) : arg));
  const rules = join(bench.folder, 'rules.yaml');
  return (await drason(bench, [...given, '--json', '--db', database, '--rules', rules])).ms;
}

export const listsMeasure: Measure = {
  name: 'lists',
  about: 'leads, status, why and audit among the leads of --rows in mixed states, by the same among 1,000',
  async run(bench) {
    const few = Math.min(1000, Math.ceil(bench.rows / 10));
    await mixedDatabase(bench, few);
    await mixedDatabase(bench, bench.rows);
    const figures: Figure[] = [];
    for (const { args, atMost } of ASKED) {
      const timed = await inPairs(
        bench.pairs,
        () => ask(bench, bench.rows, args),
        () => ask(bench, few, args),
      );
      figures.push({
        what: `drason ${args.join(' ')}: ${bench.rows} leads, × ${few}`,
        measured: seconds(timed.first),
        baseline: seconds(timed.second),
        ratio: timed.ratio,
        ...(atMost === undefined
          ? {}
          : { goal: { atMost }, also: { what: 'about a second', holds: timed.first <= MOST_MS } }),
      });
    }
    return figures;
  },
};
