import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { ROOT } from '../bench.js';
import type { Measure } from '../figures.js';

const lockSchema = z.object({ packages: z.record(z.string(), z.object({ dev: z.boolean().optional() })) });

/** The bytes of a folder's files, those of nested packages aside: they have entries of their own. */
function bytesOf(folder: string): number {
  let sum = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && entry.name !== 'node_modules') sum += bytesOf(path);
    else if (entry.isFile()) sum += statSync(path).size;
  }
  return sum;
}

const inMb = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;

export const installMeasure: Measure = {
  name: 'install',
  about: 'packages and bytes that an installation without development tools has',
  async run() {
    const { packages } = lockSchema.parse(JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')));
    const installed = Object.entries(packages)
      .filter(([path, { dev }]) => path !== '' && !dev && existsSync(join(ROOT, path)))
      .map(([path]) => ({
        name: path.replace(/^.*node_modules\//, ''),
        bytes: bytesOf(realpathSync(join(ROOT, path))),
      }))
      .sort((a, b) => b.bytes - a.bytes);
    const total = installed.reduce((sum, { bytes }) => sum + bytes, 0);
    const largest = installed.slice(0, 5).map(({ name, bytes }) => `${name} ${inMb(bytes)}`);
    return [
      {
        what: `install: ${installed.length} packages; largest: ${largest.join(', ')}`,
        measured: inMb(total),
        baseline: `drason itself ${inMb(bytesOf(join(ROOT, 'dist')))}`,
      },
    ];
  },
};
