import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { z } from 'zod';
import { type RunningSandbox, type SandboxOptions, startSandbox } from '../../src/sandbox/server.js';

export const KEY = 'test-key';
export const CAMPAIGN = '123456';

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

/** A directory that is removed after the test. */
export function tempDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'sandbox-test-'));
  undo.push(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** A running sandbox with two campaigns and, unless asked for, no rate limit. It is closed after the test. */
export async function open(options: SandboxOptions = {}): Promise<RunningSandbox> {
  const sandbox = await startSandbox({ rateLimit: null, ...options });
  undo.push(sandbox.close);
  sandbox.account.ensureCampaigns([CAMPAIGN, '777']);
  return sandbox;
}

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  /** The parsed body of a JSON answer. */
  json: Record<string, unknown>;
}

async function read(response: Response): Promise<Answer> {
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') && text.startsWith('{');
  const json = isJson ? z.record(z.string(), z.unknown()).parse(JSON.parse(text)) : {};
  return { status: response.status, headers: response.headers, text, json };
}

/** GETs a path below the base URL. */
export async function get(sandbox: RunningSandbox, path: string, key: string | undefined = KEY): Promise<Answer> {
  const url = new URL(sandbox.url + path);
  if (key) url.searchParams.set('api_key', key);
  return read(await fetch(url));
}

/** POSTs any body to "add leads". */
export async function post(
  sandbox: RunningSandbox,
  body: unknown,
  init: RequestInit & { key?: string; campaign?: string } = {},
): Promise<Answer> {
  const { key = KEY, campaign = CAMPAIGN, ...rest } = init;
  const url = `${sandbox.url}/campaigns/${campaign}/leads?api_key=${key}`;
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return read(
    await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: text,
      redirect: 'manual',
      ...rest,
    }),
  );
}

/** POSTs leads by their addresses, with the ids asked for. */
export function add(sandbox: RunningSandbox, emails: string[], settings: object = {}, campaign = CAMPAIGN) {
  const lead_list = emails.map((email) => ({ email }));
  return post(sandbox, { lead_list, settings: { return_lead_ids: true, ...settings } }, { campaign });
}
