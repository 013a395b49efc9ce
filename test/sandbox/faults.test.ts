import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/errors.js';
import { FAULTS_AFTER, FAULTS_INSTEAD, type Fault, type PickFault, parseFaults } from '../../src/sandbox/faults.js';
import type { RequestRecord } from '../../src/sandbox/server.js';
import { add, CAMPAIGN, get, open, post } from './helper.js';

const BODY = { lead_list: [{ email: 'a@x.com' }] };

/** One fault, and what became of the lead. */
async function strike(fault: Fault, init: RequestInit = {}) {
  const records: RequestRecord[] = [];
  const sandbox = await open({ faults: ({ n }) => (n === 0 ? fault : undefined), onRequest: (r) => records.push(r) });
  const answer = await post(sandbox, BODY, init).catch((error: unknown) => error);
  const processed = sandbox.account.membersOf(CAMPAIGN).length === 1;
  const next = await post(sandbox, BODY);
  expect(next.status).toBe(200);
  expect(records[0]?.fault).toBe(fault);
  return { answer, processed, status: records[0]?.status };
}

describe('faults', () => {
  it.each<[Fault, boolean]>([
    ['reset-before', false],
    ['reset-after', true],
  ])('%s: the connection is cut', async (fault, processed) => {
    const outcome = await strike(fault);
    expect(outcome.answer).toBeInstanceOf(TypeError);
    expect(outcome).toMatchObject({ answer: { cause: { code: 'ECONNRESET' } }, processed, status: undefined });
  });

  it.each<[Fault, boolean]>([
    ['hang', false],
    ['hang-after', true],
  ])('%s: no answer ever comes', async (fault, processed) => {
    const outcome = await strike(fault, { signal: AbortSignal.timeout(200) });
    expect(outcome).toMatchObject({ answer: { name: 'TimeoutError' }, processed, status: undefined });
  });

  it.each<[Fault, boolean, number, RegExp]>([
    ['500', false, 500, /Internal Server Error/],
    ['502-html', false, 502, /<html>/],
    ['503', false, 503, /Service Unavailable/],
    ['401', false, 401, /^Invalid API Key$/],
    ['403-html', false, 403, /^error code: 1010$/],
    ['404', false, 404, /Campaign not found - Invalid campaign_id\./],
    ['429', false, 429, /rate limit exceeded/],
    ['302', false, 302, /Found/],
    ['500-after', true, 500, /Internal Server Error/],
    ['text', true, 200, /^success$/],
    ['empty', true, 200, /^$/],
    ['html', true, 200, /<html>/],
  ])('%s', async (fault, processed, status, body) => {
    const outcome = await strike(fault);
    expect(outcome).toMatchObject({
      answer: { status, text: expect.stringMatching(body) },
      processed,
      status,
    });
  });

  it('429 names a second, 302 another host, 403-html and 502-html are HTML', async () => {
    const queue: Fault[] = ['429', '302', '403-html', '502-html', 'html'];
    const sandbox = await open({ faults: ({ n }) => queue[n] });
    expect((await post(sandbox, BODY)).headers.get('retry-after')).toBe('1');
    const location = `https://elsewhere.invalid/api/v1/campaigns/${CAMPAIGN}/leads`;
    expect((await post(sandbox, BODY)).headers.get('location')).toBe(location);
    for (let i = 0; i < 3; i++) expect((await post(sandbox, BODY)).headers.get('content-type')).toContain('text/html');
  });

  it('slow-drip: the whole answer, a byte at a time', async () => {
    const sandbox = await open({ faults: () => 'slow-drip' });
    const started = performance.now();
    const { text } = await get(sandbox, '/leads?email=nobody@x.com');
    expect(text).toBe('{}');
    expect(performance.now() - started).toBeGreaterThan(180);
    const slow = post(sandbox, BODY, { signal: AbortSignal.timeout(300) });
    await expect(slow).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(sandbox.account.membersOf(CAMPAIGN)).toEqual(['a@x.com']);
  });

  it('can be aimed at any request', async () => {
    const seen: unknown[] = [];
    const faults: PickFault = ({ n, method, path, body }) => {
      seen.push([n, method, path, body]);
      return method === 'POST' ? '503' : undefined;
    };
    const sandbox = await open({ faults });
    expect((await get(sandbox, '/campaigns')).status).toBe(200);
    expect((await post(sandbox, BODY)).status).toBe(503);
    expect(seen).toEqual([
      [0, 'GET', '/api/v1/campaigns', undefined],
      [1, 'POST', `/api/v1/campaigns/${CAMPAIGN}/leads`, BODY],
    ]);
  });
});

describe('a spec', () => {
  const request = { method: 'POST', path: '/', body: undefined };
  const draws = (spec: string, seed?: number) => {
    const { faults } = parseFaults(spec, seed);
    return Array.from({ length: 4000 }, (_, n) => faults({ n, ...request }));
  };

  it('strikes about as many requests as it says, the same ones for the same seed', () => {
    const first = draws('reset-after=10%, 500=5%', 7);
    const share = (fault?: Fault) => first.filter((drawn) => drawn === fault).length / 4000;
    expect(share('reset-after')).toBeCloseTo(0.1, 1);
    expect(share('500')).toBeCloseTo(0.05, 1);
    expect(share(undefined)).toBeCloseTo(0.85, 1);
    expect(draws('reset-after=10%, 500=5%', 7)).toEqual(first);
    expect(draws('reset-after=10%, 500=5%', 8)).not.toEqual(first);
  });

  it('takes every fault by name', () => {
    for (const fault of [...FAULTS_INSTEAD, ...FAULTS_AFTER]) {
      expect(new Set(draws(fault))).toEqual(new Set([fault]));
    }
    expect(new Set(draws(''))).toEqual(new Set([undefined]));
  });

  it('sets latency, answer and invalid mode of a server', async () => {
    const plan = parseFaults('latency=100ms-0.15s,answer=counts,invalid=reject');
    const latencies = Array.from({ length: 50 }, () => plan.latencyMs?.() ?? 0);
    expect(Math.min(...latencies)).toBeGreaterThanOrEqual(100);
    expect(Math.max(...latencies)).toBeLessThanOrEqual(150);
    expect(new Set(latencies).size).toBeGreaterThan(10);
    expect(parseFaults('latency=300ms').latencyMs?.()).toBe(300);

    const sandbox = await open(plan);
    const started = performance.now();
    expect((await add(sandbox, ['a@x.com'])).json).toMatchObject({ total_leads: 1, invalid_emails: 0 });
    expect(performance.now() - started).toBeGreaterThan(95);
    expect((await add(sandbox, ['a+invalid@x.com'])).status).toBe(400);
  });

  it.each([
    ['reset-afer=10%', /unknown fault "reset-afer"/],
    ['500=5', /"500=5" needs a share/],
    ['500=', /"500=" needs a share/],
    ['500=60%,503=60%', /120%/],
    ['latency=fast', /needs a duration/],
    ['latency=300ms-', /needs a duration/],
    ['latency=300ms-100ms', /needs a duration/],
    ['answer=nice', /"answer=nice" is not known/],
    ['invalid', /"invalid" is not known/],
  ])('is refused when malformed: %s', (spec, message) => {
    expect(() => parseFaults(spec)).toThrow(UsageError);
    expect(() => parseFaults(spec)).toThrow(message);
  });

  it('names the known faults when one is unknown', () => {
    const caught = (() => {
      try {
        return parseFaults('nonsense=1%');
      } catch (error) {
        return error;
      }
    })();
    expect(caught).toMatchObject({ exitCode: 2, next: expect.stringContaining('reset-after') });
  });
});
