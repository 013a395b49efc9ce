import { existsSync, readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { faultEnv, ownServer } from '../helpers/faults.js';
import { manyLeads, startTrial } from '../helpers/trial.js';

test.each([301, 307])(
  'a %i to another host: not a byte goes there, no lead is ACTIVE, the key is not declared bad',
  async (status) => {
    const trial = await startTrial({ processes: true });
    const elsewhere = await ownServer((response) => response.end('{}'));
    const { url, seen } = await ownServer((response, _seen, request) => {
      response.writeHead(status, { location: elsewhere.url + (request.url ?? '') }).end();
    });
    trial.write('leads.csv', manyLeads(5));
    const summary = await trial.summary(['ingest', 'leads.csv'], { env: { SMARTLEAD_BASE_URL: url } });
    expect(summary).toMatchObject({ exit_code: 5, outcomes: { active: 0, held: 5 } });
    expect(summary.problems.join()).toMatch(/redirect/);
    expect(summary.problems.join()).not.toMatch(/refused the key/);
    expect(seen).toHaveLength(1);
    expect(elsewhere.seen).toEqual([]);
  },
);

/** How much memory an ingest has used at most, in megabytes, when every answer is this one. */
async function peakWith(answer: (response: ServerResponse) => void) {
  const trial = await startTrial({ processes: true });
  const { url } = await ownServer(answer);
  trial.write('leads.csv', manyLeads(5));
  const peakMemoryTo = join(trial.dir, 'peak.txt');
  const began = performance.now();
  const env = { SMARTLEAD_BASE_URL: url, ...faultEnv({ peakMemoryTo }) };
  const { outcomes, held_reasons } = await trial.summary(['ingest', 'leads.csv', '--max-wait', '100ms'], { env });
  const megabytes = Number(readFileSync(peakMemoryTo, 'utf8')) / 1024;
  return { megabytes, ms: performance.now() - began, outcomes, held_reasons };
}

test.skipIf(!existsSync('/proc/self/status'))(
  'neither a gzip bomb nor an endless answer takes up more than 64 MB or makes anybody ACTIVE',
  async () => {
    const piece = gzipSync(Buffer.alloc(1024 * 1024));
    const bomb = Buffer.concat(Array.from({ length: 512 }, () => piece));
    const zeros = Buffer.alloc(65_536, '0');
    const normal = await peakWith((response) => response.writeHead(500).end('{"message":"no"}'));
    const spoilt = [
      await peakWith((response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb)),
      await peakWith((response) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        const more = () => {
          while (!response.destroyed && response.write(zeros)) {
            // as much as the other side takes
          }
          response.once('drain', more);
        };
        more();
      }),
    ];
    for (const { megabytes, ms, outcomes, held_reasons } of spoilt) {
      expect(megabytes - normal.megabytes).toBeLessThan(64);
      expect(ms).toBeLessThan(15_000);
      expect(outcomes).toMatchObject({ active: 0, held: 5 });
      expect(held_reasons).toEqual({ unknown: 5 });
    }
  },
);
