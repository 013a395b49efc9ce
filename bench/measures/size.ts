import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Measure } from '../figures.js';
import { leadFile } from '../lead-file.js';
import { ingest } from './ingest.js';

export const sizeMeasure: Measure = {
  name: 'size',
  about: 'bytes of the database per lead with its audit trail, by the bytes of the CSV per lead',
  async run(bench) {
    const database = join(bench.folder, 'size.db');
    await ingest(bench, bench.rows, false, database);
    const [stored, read] = [statSync(database).size, statSync(await leadFile(bench, bench.rows)).size];
    const ratio = stored / read;
    return [
      {
        what: `database per lead of ${bench.rows}, × the CSV`,
        measured: `${Math.round(stored / bench.rows)} bytes`,
        baseline: `${Math.round(read / bench.rows)} bytes`,
        ratio: { median: ratio, least: ratio, most: ratio, pairs: 1 },
      },
    ];
  },
};
