import { z } from 'zod';
import { canonicalAddress } from '../address.js';
import { readJson } from './body.js';
import { type Evidence, readEvidence } from './evidence.js';
import type { HttpResult } from './exchange.js';
import { lineOf } from './foreign-text.js';

/** What the answer to a push means. Messages are for people. */
export type PushOutcome =
  | { kind: 'evidence'; evidence: Evidence }
  /** The request as a whole was refused. `named`: places in the batch the message points at, perhaps none. */
  | { kind: 'poisoned'; named: number[]; message: string }
  /** Smartlead does not know the setting return_lead_ids. */
  | { kind: 'no_lead_ids'; message: string }
  | { kind: 'auth'; message: string }
  | { kind: 'cdn_block'; message: string }
  | { kind: 'redirect'; message: string }
  | { kind: 'campaign_not_found'; message: string }
  | { kind: 'rate_limited'; waitMs: number; message: string }
  | { kind: 'conflict'; message: string }
  | { kind: 'not_sent'; message: string }
  | { kind: 'unknown'; message: string };

const errorSchema = z.union([
  z.object({ message: z.string() }).transform((body) => body.message),
  z.object({ error: z.object({ message: z.string() }) }).transform((body) => body.error.message),
  z.object({ error: z.string() }).transform((body) => body.error),
]);
const retryAfterSchema = z.object({ error: z.object({ retry_after: z.coerce.number() }) });

/** A wait Smartlead asks for is never shorter or longer than this, milliseconds. */
const SHORTEST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 3_600_000;
/** When a 429 says nothing of use about how long. */
const DEFAULT_PAUSE_MS = 10_000;

function messageOf(body: string, json: unknown): string {
  const parsed = errorSchema.safeParse(json);
  return lineOf(parsed.success ? parsed.data : body);
}

function isHtml(body: string, headers: Record<string, string | string[] | undefined>): boolean {
  return String(headers['content-type'] ?? '').includes('html') || /^\s*</.test(body) || /error code: \d/i.test(body);
}

const SECONDS = /^-?\d+(\.\d+)?(e\+?\d+)?$/i;
/** Date.parse finds a date in almost any text with a number; HTTP's own dates end like this. */
const HTTP_DATE = /\d\d:\d\d:\d\d GMT$/;

/**
 * The wait a 429 asks for: seconds or a date in Retry-After, else seconds in the body, else the Unix time at which the
 * limit starts anew; always between 1 s and 1 h.
 */
export function pauseFor(headers: Record<string, string | string[] | undefined>, json: unknown, now: number): number {
  const header = String(headers['retry-after'] ?? '').trim();
  const inBody = retryAfterSchema.safeParse(json);
  const then = sentAt(headers, now);
  let wait = Number.NaN;
  if (SECONDS.test(header)) wait = Number(header) * 1000;
  else if (HTTP_DATE.test(header)) wait = Date.parse(header) - then;
  if (Number.isNaN(wait) && inBody.success) wait = inBody.data.error.retry_after * 1000;
  if (Number.isNaN(wait)) wait = untilReset(headers, now);
  if (Number.isNaN(wait)) wait = DEFAULT_PAUSE_MS;
  return Math.min(LONGEST_PAUSE_MS, Math.max(SHORTEST_PAUSE_MS, Math.ceil(wait)));
}

/** When the answer was sent, by the clock of who sent it: dates in it are by that clock, and ours may be wrong. */
function sentAt(headers: Record<string, string | string[] | undefined>, now: number): number {
  const date = String(headers.date ?? '').trim();
  const sent = HTTP_DATE.test(date) ? Date.parse(date) : Number.NaN;
  return Number.isNaN(sent) ? now : sent;
}

/** The moment X-RateLimit-Reset means, as milliseconds from now: a Unix time in seconds, or seconds from now. */
function untilReset(headers: Record<string, string | string[] | undefined>, now: number): number {
  const reset = String(headers['x-ratelimit-reset'] ?? '').trim();
  if (!/^\d{1,10}$/.test(reset)) return Number.NaN;
  return reset.length === 10 ? Number(reset) * 1000 - sentAt(headers, now) : Number(reset) * 1000;
}

/** How long an answer of any kind asks the key to rest: its headers say that nothing is left until a time to come. */
export function restAskedFor(result: HttpResult, now: number): number | undefined {
  if (result.kind !== 'answer' || String(result.headers['x-ratelimit-remaining'] ?? '').trim() !== '0')
    return undefined;
  const wait = untilReset(result.headers, now);
  return wait > 0 ? Math.min(LONGEST_PAUSE_MS, Math.ceil(wait)) : undefined;
}

/** What may stand around an address in a text; none of it is in an address that a lead can have. */
const AROUND_ADDRESSES = /[\s"'<>(),;:[\]{}\\`|=]/;

/** The addresses in a text, canonical. */
function addressesIn(text: string): Set<string> {
  const words = text.split(AROUND_ADDRESSES).filter((word) => word.length < 400 && word.includes('@'));
  return new Set(words.flatMap((word) => [word, word.replace(/[.!?]{1,3}$/, '')]).map(canonicalAddress));
}

/** Which leads of the batch a refusal names, by their index or by their address. */
function namedIn(body: string, emails: readonly string[]): number[] {
  const json = readJson(body);
  // Written out again, what was escaped in it can be read.
  const text = json === undefined ? body : JSON.stringify(json);
  const named = new Set<number>();
  for (const match of text.matchAll(/lead_list(?:\[|\.)(\d{1,9})/g)) named.add(Number(match[1]));
  if (named.size === 0) {
    const mentioned = addressesIn(text);
    for (const [index, email] of emails.entries()) if (mentioned.has(canonicalAddress(email))) named.add(index);
  }
  return [...named].filter((index) => index < emails.length);
}

/** What any request can come back with, whatever it asked for; undefined for an answer that is about the request. */
export type KeyFailure = Extract<
  PushOutcome,
  { kind: 'auth' | 'cdn_block' | 'redirect' | 'rate_limited' | 'not_sent' | 'unknown' }
>;

/** Reads what went wrong with a request as such. Pure; `now` is for dates in headers. */
export function readKeyFailure(result: HttpResult, now: number): KeyFailure | undefined {
  if (result.kind === 'not_sent') return { kind: 'not_sent', message: result.message };
  if (result.kind === 'no_answer') return { kind: 'unknown', message: result.message };
  const { status, headers, body } = result;
  const json = readJson(body);
  const message = `${status} ${messageOf(body, json)}`.trim();
  if (status >= 300 && status < 400) {
    return { kind: 'redirect', message: `${status} redirect to ${lineOf(String(headers.location ?? 'elsewhere'))}` };
  }
  const isPage = json === undefined && isHtml(body, headers);
  if (status === 401) return { kind: isPage ? 'cdn_block' : 'auth', message };
  if (status === 403) return { kind: json === undefined || isHtml(body, headers) ? 'cdn_block' : 'auth', message };
  if (status === 429) return { kind: 'rate_limited', waitMs: pauseFor(headers, json, now), message };
  if (status === 404 && isPage) {
    return { kind: 'redirect', message: `${message} (a web page, not Smartlead's API: is smartlead.base_url right?)` };
  }
  return [200, 201, 400, 404, 409, 422].includes(status) ? undefined : { kind: 'unknown', message };
}

/** What a push asked for. */
export interface Pushed {
  /** Where an answer names a campaign, it must be this one. */
  campaignId?: string;
  /** Canonical, each once, in the order in which they were sent. */
  emails: readonly string[];
  /** The request held the setting return_lead_ids. */
  askedForLeadIds: boolean;
}

/** Reads the result of POST /campaigns/{id}/leads. Pure. */
export function readPushResult(
  result: HttpResult,
  { emails, askedForLeadIds, campaignId }: Pushed,
  now: number,
): PushOutcome {
  const failure = readKeyFailure(result, now);
  if (failure) return failure;
  if (result.kind !== 'answer') return { kind: 'unknown', message: result.message };
  const { status, body } = result;
  if (status === 200 || status === 201) return { kind: 'evidence', evidence: readEvidence(body, emails, campaignId) };
  const message = `${status} ${messageOf(body, readJson(body))}`.trim();
  if (status === 404) return { kind: 'campaign_not_found', message };
  if (status === 409) return { kind: 'conflict', message };
  if (askedForLeadIds && body.includes('return_lead_ids')) return { kind: 'no_lead_ids', message };
  return { kind: 'poisoned', named: namedIn(body, emails), message };
}
