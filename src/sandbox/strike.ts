import { setTimeout as wait } from 'node:timers/promises';
import type { HttpBindings } from '@hono/node-server';
import { FAULTS_INSTEAD, type Fault, type FaultAfter, type FaultInstead } from './faults.js';
import { html, json, type Reply, refusals, text, tooManyRequests } from './reply.js';
import { toResponse } from './routes.js';

const DRIP_MS = 100;

/** Where a 302 points to: a name that can never resolve. */
export const ELSEWHERE_URL = 'https://elsewhere.invalid';

/** Whether a fault keeps the request from being worked on. */
export function strikesInstead(fault: Fault): fault is FaultInstead {
  return FAULTS_INSTEAD.some((name) => name === fault);
}

/** The answer to a request that was not worked on; undefined if there is to be none. */
export function answerInstead(fault: FaultInstead, path: string, redirectTo: string): Reply | undefined {
  switch (fault) {
    case 'reset-before':
    case 'hang':
      return undefined;
    case '500':
      return refusals.internal;
    case '502-html':
      return html(502, '502 Bad Gateway');
    case '503':
      return json(503, { message: 'Service Unavailable' });
    case '429':
      return tooManyRequests({ requests: 200, windowMs: 60_000 }, 1000, Date.now());
    case '401':
      return refusals.keyInvalid;
    case '403-html':
      return { status: 403, type: 'text/html; charset=utf-8', body: 'error code: 1010' };
    case '404':
      return refusals.campaignMissing;
    case '302':
      return { ...html(302, '302 Found'), headers: { location: redirectTo + path } };
  }
}

/** What is left of the answer to a request that was worked on; undefined if there is to be none. */
export async function answerAfter(fault: FaultAfter, answer: Response): Promise<Response | undefined> {
  switch (fault) {
    case 'reset-after':
    case 'hang-after':
      return undefined;
    case '500-after':
      return toResponse(refusals.internal);
    case 'text':
      return toResponse(text(200, 'success'));
    case 'empty':
      return toResponse(text(200, ''));
    case 'html':
      return toResponse(html(200, 'OK'));
    case 'slow-drip':
      return new Response(drip(await answer.text()), { status: answer.status, headers: answer.headers });
  }
}

/** Never answers; a reset also cuts the connection. Without a socket, in a test that injects requests, both just hang. */
export function neverAnswer(fault: Fault, socket: HttpBindings['incoming']['socket'] | undefined): Promise<never> {
  if (fault === 'reset-before' || fault === 'reset-after') socket?.resetAndDestroy();
  return new Promise(() => {});
}

function drip(body: string): ReadableStream<Uint8Array> {
  const bytes = new TextEncoder().encode(body);
  let sent = 0;
  return new ReadableStream({
    async pull(controller) {
      if (sent === bytes.length) return controller.close();
      await wait(DRIP_MS, undefined, { ref: false });
      controller.enqueue(bytes.subarray(sent, ++sent));
    },
  });
}
