import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { makeClient } from '../../src/smartlead/client.js';
import { queue, rows } from '../store/helper.js';
import { type Bench, leads, retry, startBench } from './helper.js';

const ids = '{"message":"\\"settings.return_lead_ids\\" is not allowed"}';

/**
 * A client of the bench's sandbox that meets `status` where `isBad` says so of the sent body; it notes batch sizes.
 * One that is `strict` knows no `return_lead_ids`.
 */
async function failing(
  bench: Bench,
  status: number,
  isBad: (body: string, size: number, n: number) => boolean,
  strict = false,
) {
  const sizes: number[] = [];
  const server = createServer(async (request, response) => {
    const sent = await text(request);
    const size = sent.split('"email"').length - 1;
    if (sent !== '') sizes.push(size);
    if (strict && sent.includes('return_lead_ids')) {
      response.writeHead(400, { 'content-type': 'application/json' }).end(ids);
      return;
    }
    if (sent !== '' && isBad(sent, size, sizes.length)) {
      response.writeHead(status, { 'content-type': 'application/json' }).end('{"message":"no"}');
      return;
    }
    const answer = await fetch(new URL(request.url ?? '', bench.sandbox.url), {
      method: request.method ?? 'GET',
      headers: { 'content-type': 'application/json' },
      ...(sent === '' ? {} : { body: sent }),
    });
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return { client: makeClient(`http://127.0.0.1:${port}/api/v1`, 'good-key', '1'), sizes };
}

test('what is too large for a server (413) is halved at once, until it fits; no attempt is used up', async () => {
  const bench = await startBench();
  await queue(bench.store, bench.run, leads(100));
  const { client, sizes } = await failing(bench, 413, (_body, size) => size > 30);
  await bench.deliver({ client });
  expect(bench.states()).toEqual({ ACTIVE: 100 });
  expect([...rows(bench.store).values()].every(({ push_attempts }) => push_attempts === 1)).toBe(true);
  // what fits is not halved further
  expect(sizes.sort((a, b) => b - a)).toEqual([100, 50, 50, 25, 25, 25, 25]);
});

test.each([1, 2])('%i leads for which the server fails cost themselves alone, once others get through', async (bad) => {
  const bench = await startBench();
  const emails = [...leads(98), ...['poison1@x.com', 'poison2@x.com'].slice(0, bad)];
  await queue(bench.store, bench.run, emails);
  await queue(bench.store, bench.run, leads(10, 'other'), { assigned_campaign_id: '2' });
  const { client, sizes } = await failing(bench, 500, (body) => body.includes('poison'));
  await bench.deliver({ client });
  expect(bench.states()).toEqual({ ACTIVE: 10, unknown: 98 + bad });
  await retry(bench);
  await bench.deliver({ client, run: bench.run });
  expect(bench.states()).toEqual({ ACTIVE: 108, unknown: bad });
  expect(sizes.length).toBeLessThanOrEqual(2 + 30);
});

test('in an outage the batch waits whole', async () => {
  const bench = await startBench();
  await queue(bench.store, bench.run, leads(100));
  const { client, sizes } = await failing(bench, 500, () => true);
  for (let n = 0; n < 3; n++) {
    await bench.deliver({ client, run: bench.run });
    await retry(bench);
  }
  expect(sizes).toEqual([100, 100, 100]);
});

test('two different failures are no pattern', async () => {
  const bench = await startBench();
  await queue(bench.store, bench.run, leads(50));
  const first = await failing(bench, 500, () => true);
  await bench.deliver({ client: first.client });
  await retry(bench);
  await queue(bench.store, bench.run, leads(10, 'other'), { assigned_campaign_id: '2' });
  const second = await failing(bench, 503, (body) => body.includes('lead0@'));
  await bench.deliver({ client: second.client, run: bench.run });
  expect(second.sizes.sort()).toEqual([10, 50]);
});

test('a setting that the key does not know, refused in between, hides no lead for which the server fails', async () => {
  const bench = await startBench();
  await queue(bench.store, bench.run, [...leads(9), 'poison@x.com']);
  const first = await failing(bench, 500, (body) => body.includes('poison'));
  await bench.deliver({ client: first.client });
  await queue(bench.store, bench.run, leads(3, 'other'), { assigned_campaign_id: '2' });
  await bench.deliver({ client: first.client });
  expect(bench.states()).toEqual({ ACTIVE: 3, unknown: 10 });
  await retry(bench);
  const strict = await failing(bench, 500, (body) => body.includes('poison'), true);
  await bench.deliver({ client: strict.client, run: bench.run });
  expect(bench.states()).toEqual({ ACTIVE: 12, unknown: 1 });
});
