import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';

const rowSchema = z.object({ test: z.string(), figures: z.record(z.string(), z.union([z.string(), z.number()])) });

/** Collects the figures of all long tests and prints them as one table when the last has ended. */
export default function setup(): () => void {
  const dir = mkdtempSync(join(tmpdir(), 'drason-soak-'));
  const file = join(dir, 'results.ndjson');
  writeFileSync(file, '');
  process.env.SOAK_RESULTS = file;
  return () => {
    const rows = readFileSync(file, 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => rowSchema.parse(JSON.parse(line)));
    process.stdout.write('\n| test | measured |\n|---|---|\n');
    for (const { test, figures } of rows) {
      const cells = Object.entries(figures).map(([name, value]) => `${name} ${value}`);
      process.stdout.write(`| ${test} | ${cells.join(', ')} |\n`);
    }
    rmSync(dir, { recursive: true, force: true });
  };
}

/** Adds a row to the table. */
export function record(test: string, figures: Record<string, string | number>): void {
  const file = process.env.SOAK_RESULTS;
  if (file !== undefined) appendFileSync(file, `${JSON.stringify({ test, figures })}\n`);
}
