import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { until } from '../helpers/faults.js';
import { manyLeads, rulesFor, startTrial } from '../helpers/trial.js';
import { record } from './results.js';

const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const)(
  '%s at a server that hangs: no new claim, exit within 31 s; a second one ends within half a second',
  async (signal, code) => {
    // a limit that would let more go, if it were asked
    const rules = rulesFor(
      [['VP Sales', '123456']],
      'smartlead:\n  batch_size: 20\n  rate_limit: [{ requests: 3, per: 1s }]\n',
    );
    const exitAfter = async (signals: number) => {
      let got = 0;
      const trial = await startTrial({ rules, rateLimit: null, faults: () => 'hang', latencyMs: () => 0 * ++got });
      trial.write('leads.csv', manyLeads(400));
      let sentAt = 0;
      let claims = 0;
      const result = await trial.run(['ingest', 'leads.csv'], {
        onStart: (child) => {
          void until(() => got >= 3).then(async () => {
            await wait(300);
            claims = trial.query('SELECT id FROM attempts').length;
            for (let n = 0; n < signals; n++) {
              if (n > 0) await wait(1500);
              sentAt = performance.now();
              child.kill(signal);
            }
          });
        },
      });
      const took = performance.now() - sentAt;
      expect(result.code).toBe(code);
      expect(trial.query('SELECT id FROM attempts')).toHaveLength(claims);
      expect(trial.requests.length).toBeLessThanOrEqual(claims);
      return took;
    };
    const [once, twice] = [await exitAfter(1), await exitAfter(2)];
    record(`${signal}, a server that hangs`, {
      'exit after the first': seconds(once),
      'after the second': seconds(twice),
    });
    expect(once).toBeLessThan(31_000);
    expect(twice).toBeLessThan(500);
  },
);
