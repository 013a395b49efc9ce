import { exchange, type HttpResult } from './exchange.js';
import type { AddLeadsBody } from './wire.js';
import type { MayWrite } from './write-gate.js';

export interface SmartleadClient {
  /** POST /campaigns/{id}/leads */
  addLeads(campaignId: string, body: AddLeadsBody, mayWrite: MayWrite): Promise<HttpResult>;
  /** GET /leads/?email= */
  findLead(email: string, mayWrite: MayWrite): Promise<HttpResult>;
  /** GET /campaigns/{id}/leads: one page, at most 100 */
  campaignLeads(campaignId: string, offset: number, limit: number, mayWrite: MayWrite): Promise<HttpResult>;
  /** GET /campaigns/ */
  campaigns(mayWrite: MayWrite): Promise<HttpResult>;
  /** GET /campaigns/{id} */
  campaign(campaignId: string, mayWrite: MayWrite): Promise<HttpResult>;
}

/**
 * Smartlead's API over HTTP. One call makes one request: no retries, no redirects, at most 30 s and 4 MB; deciding
 * what an answer means is left to failures.ts and evidence.ts.
 */
export function makeClient(baseUrl: string, key: string, version: string): SmartleadClient {
  function request(
    method: 'GET' | 'POST',
    path: string,
    query: Record<string, string>,
    mayWrite: MayWrite,
    body?: string,
  ) {
    const url = new URL(baseUrl + path);
    for (const [name, value] of Object.entries({ ...query, api_key: key })) url.searchParams.set(name, value);
    const headers = { 'user-agent': `drason/${version} (lead delivery)`, accept: 'application/json' };
    if (body === undefined) return exchange({ method, url, headers, mayWrite });
    return exchange({ method, url, headers: { ...headers, 'content-type': 'application/json' }, body, mayWrite });
  }

  const pathOf = (id: string) => `/campaigns/${encodeURIComponent(id)}`;
  return {
    addLeads: (id, body, mayWrite) => request('POST', `${pathOf(id)}/leads`, {}, mayWrite, JSON.stringify(body)),
    findLead: (email, mayWrite) => request('GET', '/leads/', { email }, mayWrite),
    campaignLeads: (id, offset, limit, mayWrite) =>
      request('GET', `${pathOf(id)}/leads`, { offset: String(offset), limit: String(limit) }, mayWrite),
    campaigns: (mayWrite) => request('GET', '/campaigns/', {}, mayWrite),
    campaign: (id, mayWrite) => request('GET', pathOf(id), {}, mayWrite),
  };
}
