import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { startSandbox } from '../../src/sandbox/server.js';
import { type Bench, drason, removeDatabase, startNode } from '../bench.js';
import { inPairs, type Measure } from '../figures.js';
import { RULES } from '../lead-file.js';

const CONNECTIONS = 16;

interface Server {
  port: number;
  headers: Record<string, string>;
  stop(): Promise<void>;
}

async function listening(child: ReturnType<typeof startNode>, headers: Record<string, string>): Promise<Server> {
  let said = '';
  child.stdout.setEncoding('utf8');
  const port = () => /"port":(\d+).*"msg":"listening"/.exec(said)?.[1];
  while (port() === undefined) said += (await once(child.stdout, 'data'))[0];
  // The log is read and dropped: a full pipe would stop the server.
  child.stdout.resume();
  const ended = once(child, 'close');
  return {
    port: Number(port()),
    headers,
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

function post({ port, headers }: Server, agent: Agent, body: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const options = { port, agent, method: 'POST', host: '127.0.0.1', path: '/api/ingest?wait=0' };
    const sent = request({ ...options, headers: { 'content-type': 'application/json', ...headers } }, (answer) => {
      answer.resume();
      answer.on('end', () =>
        answer.statusCode === 200 ? resolve() : reject(new Error(`status ${answer.statusCode}`)),
      );
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

let posted = 0;

/** Posts so many leads one by one over 16 connections; how many a second were answered. */
async function perSecond(server: Server, count: number): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const began = performance.now();
  let left = count;
  const worker = async () => {
    while (left-- > 0) {
      const lead = { email: `post${posted++}@acme.com`, persona: 'VP Sales', lead_score: 85, first_name: 'Ann' };
      await post(server, agent, JSON.stringify(lead));
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, worker));
  agent.destroy();
  return count / ((performance.now() - began) / 1000);
}

async function startDrason(bench: Bench, baseUrl: string): Promise<Server> {
  const [database, rules] = [join(bench.folder, 'serve.db'), join(bench.folder, 'serve.yaml')];
  removeDatabase(database);
  writeFileSync(rules, RULES);
  const flags = ['--db', database, '--rules', rules];
  const key = (await drason(bench, ['keys', 'create', '--quiet', ...flags])).stdout.trim();
  const env = { SMARTLEAD_BASE_URL: baseUrl, SMARTLEAD_API_KEY: 'bench' };
  return listening(startNode(bench, 'drason', ['serve', '--port', '0', ...flags], env), { 'x-api-key': key });
}

export const httpMeasure: Measure = {
  name: 'http',
  about: 'POST /api/ingest?wait=0 of single leads over 16 connections, by a bare server of the same framework',
  async run(bench) {
    // Within what a key may send at once; the allowance is filled again by a new server.
    const count = bench.smoke ? 50 : 4000;
    const sandbox = await startSandbox({ latencyMs: 100 });
    sandbox.account.ensureCampaigns(['1', '2', '3', '4', '5', '6', '7', '8', '9']);
    const timed = async (server: Server) => {
      try {
        await perSecond(server, Math.ceil(count / 10));
        return await perSecond(server, count);
      } finally {
        await server.stop();
      }
    };
    try {
      const rates = await inPairs(
        bench.pairs,
        async () => timed(await startDrason(bench, sandbox.url)),
        async () => timed(await listening(startNode(bench, 'bare-server', [], {}), {})),
      );
      return [
        {
          what: `POST /api/ingest?wait=0, ${CONNECTIONS} connections, × a bare server`,
          measured: `${Math.round(rates.first)}/s`,
          baseline: `${Math.round(rates.second)}/s`,
          ratio: rates.ratio,
          goal: { atLeast: 0.3 },
        },
      ];
    } finally {
      await sandbox.close();
    }
  },
};
