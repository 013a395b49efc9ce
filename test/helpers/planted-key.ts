import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ownServer } from './faults.js';
import type { CliResult } from './run-cli.js';
import { manyLeads, type Trial } from './trial.js';

/** Forty characters, found nowhere else, some of which URLs and base64 write differently. */
export const PLANTED = 'pLaNt3d/k3y+b7c1=0f3e9d2aQx5yZz/W8=vU+t6';

/** The ways of writing a key, and its two halves. */
export function formsOf(key: string): string[] {
  return [
    key,
    encodeURIComponent(key),
    new URLSearchParams({ k: key }).toString().slice(2),
    JSON.stringify(key).slice(1, -1),
    JSON.stringify(JSON.stringify(key)).slice(3, -3),
    // what surrounds a text moves its base64 by one or two characters
    ...[0, 1, 2].map((n) => Buffer.from('x'.repeat(n) + key).toString('base64')).map((text) => text.slice(4, -4)),
    Buffer.from(key).toString('base64url').slice(0, -4),
    Buffer.from(key).toString('hex'),
    key.slice(0, 15),
    key.slice(-15),
  ];
}

/** Where a key shows: in what was printed, and in every file of the trial, the database and its log among them. */
export function hits(trial: Trial, results: readonly CliResult[], key = PLANTED): string[] {
  const found: string[] = [];
  const look = (where: string, bytes: Buffer) => {
    for (const form of formsOf(key)) if (bytes.includes(form)) found.push(`${form} in ${where}`);
  };
  for (const { stdout, stderr } of results) {
    look('stdout', Buffer.from(stdout));
    look('stderr', Buffer.from(stderr));
  }
  for (const name of readdirSync(trial.dir, { recursive: true, encoding: 'utf8' })) {
    const path = join(trial.dir, name);
    if (statSync(path).isFile()) look(name, readFileSync(path));
  }
  return found;
}

/** Drives an ingest and a retry through whatever the trial or `env` has in store, printing as `ways` say. */
export async function drive(
  trial: Trial,
  env: Record<string, string>,
  ways: readonly (readonly string[])[],
): Promise<CliResult[]> {
  const results: CliResult[] = [];
  const all = { SMARTLEAD_API_KEY: PLANTED, DEBUG: '*', ...env };
  for (const [n, way] of ways.entries()) {
    trial.write('leads.csv', manyLeads(3, 'VP Sales', 85, `lead${n}-`));
    const command = n % 2 === 0 ? ['ingest', 'leads.csv'] : ['retry', '--held', '--now'];
    results.push(await trial.run([...command, '--max-wait', '10ms', ...way], { env: all }));
  }
  return results;
}

/** A server that repeats whatever it is asked, key and all, in every part of an answer. Gives its URL. */
export async function echoServer(status: number, forms: readonly string[]): Promise<string> {
  const { url } = await ownServer((response, _seen, request) => {
    const said = `cannot serve ${request.url}; the key ${forms.join(' or ')} is not good`;
    response.writeHead(status, {
      'content-type': 'application/json',
      location: `/elsewhere${request.url}`,
      'retry-after': encodeURIComponent(forms[0] ?? ''),
    });
    const lists = { invalid_emails: [said], unsubscribed_leads: [said], upload_count: said, [said]: 3 };
    response.end(JSON.stringify({ message: said, error: said, ...lists }));
  });
  return url;
}
