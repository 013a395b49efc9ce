import { got, RequestError, TimeoutError } from 'got';
import type { AddLeadsBody } from './wire.js';
import { guardWrite, type MayWrite } from './write-gate.js';

/** What came of one request. A body is text and at most {@link MAX_BODY_BYTES} long. */
export type HttpResult =
  | { kind: 'answer'; status: number; headers: Record<string, string | string[] | undefined>; body: string }
  /** The request never left: whatever it asked for has not happened. */
  | { kind: 'not_sent'; message: string }
  /** The request may have arrived. */
  | { kind: 'no_answer'; message: string };

export interface SmartleadClient {
  /** POST /campaigns/{id}/leads */
  addLeads(campaignId: string, body: AddLeadsBody, mayWrite?: MayWrite): Promise<HttpResult>;
  /** GET /leads/?email= */
  findLead(email: string, mayWrite?: MayWrite): Promise<HttpResult>;
  /** GET /campaigns/{id}/leads: one page, at most 100 */
  campaignLeads(campaignId: string, offset: number, limit: number, mayWrite?: MayWrite): Promise<HttpResult>;
  /** GET /campaigns/ */
  campaigns(): Promise<HttpResult>;
  /** GET /campaigns/{id} */
  campaign(campaignId: string): Promise<HttpResult>;
}

/** Smartlead's answers to 400 leads are some tens of kilobytes; anything far beyond is not one. */
const MAX_BODY_BYTES = 4 * 1024 * 1024;
const TIMEOUT_MS = 30_000;

const NEVER_LEFT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'CERT_HAS_EXPIRED',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);
const BEFORE_SENDING = new Set(['lookup', 'connect', 'secureConnect', 'socket']);

/** got's own errors hold the URL, and with it the key: only a code and a cleaned message leave this room. */
function explainFailure(error: unknown, host: string): HttpResult {
  if (error instanceof TimeoutError) {
    const message = `no answer from ${host} within ${TIMEOUT_MS / 1000} s`;
    return BEFORE_SENDING.has(error.event) ? { kind: 'not_sent', message } : { kind: 'no_answer', message };
  }
  if (error instanceof RequestError) {
    if (NEVER_LEFT.has(error.code)) return { kind: 'not_sent', message: `${host} cannot be reached (${error.code})` };
    return { kind: 'no_answer', message: `the connection to ${host} broke (${error.code})` };
  }
  throw error;
}

/**
 * Smartlead's API over HTTP. One call makes one request: no retries, no redirects, at most 30 s and 4 MB; deciding
 * what an answer means is left to failures.ts and evidence.ts.
 */
export function makeClient(baseUrl: string, key: string, version: string): SmartleadClient {
  const { host } = new URL(baseUrl);

  async function request(
    method: 'GET' | 'POST',
    path: string,
    query: Record<string, string>,
    { body, mayWrite }: { body?: string; mayWrite?: MayWrite | undefined } = {},
  ) {
    const url = new URL(baseUrl + path);
    for (const [name, value] of Object.entries({ ...query, api_key: key })) url.searchParams.set(name, value);
    try {
      const stream = got.stream(url, {
        method,
        ...(body === undefined ? {} : { body }),
        headers: {
          'user-agent': `drason/${version} (lead delivery)`,
          accept: 'application/json',
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        retry: { limit: 0 },
        followRedirect: false,
        throwHttpErrors: false,
        timeout: { lookup: 10_000, connect: 10_000, secureConnect: 10_000, request: TIMEOUT_MS },
      });
      if (mayWrite) stream.once('request', (sent) => guardWrite(sent, mayWrite));
      const chunks: Buffer[] = [];
      let size = 0;
      for await (const chunk of stream) {
        const bytes = Buffer.from(chunk);
        size += bytes.length;
        if (size > MAX_BODY_BYTES) {
          stream.destroy();
          return { kind: 'no_answer', message: `the answer of ${host} is larger than 4 MB` } as const;
        }
        chunks.push(bytes);
      }
      const { response } = stream;
      if (!response) return { kind: 'no_answer', message: `${host} closed the connection without an answer` } as const;
      const text = Buffer.concat(chunks).toString('utf8');
      return { kind: 'answer', status: response.statusCode, headers: response.headers, body: text } as const;
    } catch (error) {
      return explainFailure(error, host);
    }
  }

  const pathOf = (id: string) => `/campaigns/${encodeURIComponent(id)}`;
  return {
    addLeads: (id, body, mayWrite) =>
      request('POST', `${pathOf(id)}/leads`, {}, { body: JSON.stringify(body), mayWrite }),
    findLead: (email, mayWrite) => request('GET', '/leads/', { email }, { mayWrite }),
    campaignLeads: (id, offset, limit, mayWrite) =>
      request('GET', `${pathOf(id)}/leads`, { offset: String(offset), limit: String(limit) }, { mayWrite }),
    campaigns: () => request('GET', '/campaigns/', {}),
    campaign: (id) => request('GET', pathOf(id), {}),
  };
}
