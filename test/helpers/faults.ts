import { spawnSync } from 'node:child_process';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect, createServer as createTcpServer, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import type { Trial } from './trial.js';

/** Where a process can be made to die. "Claim" and "settle" are the two transactions around a request. */
export type KillPoint =
  | 'before the claim commits'
  | 'after the claim has committed'
  | 'mid-body'
  | 'before the settle commits'
  | 'after the settle has committed';

/** What fault-preload.mjs does to one process. */
export interface FaultPlan {
  killAt?: KillPoint;
  /** From then on no file of the process can grow. */
  diskFullAt?: 'claim' | 'settle';
  /** Which claim, or body, of the process is meant; the first by default. */
  nth?: number;
  /** The wall clock steps when the body of this push is being written; `told`: a file that then holds the new time. */
  clockStep?: { ms: number; atPush: number; told?: string };
  /** The wall clock is off from the beginning. */
  clockAheadMs?: number;
  /** The steady clock is ahead of that of other processes: what they wait for has come. */
  steadyAheadMs?: number;
  /** The event loop stands still again and again. */
  blockEveryMs?: number;
  blockForMs?: number;
  /** A file that gets the value of PRAGMA synchronous of every connection when it is closed. */
  synchronousTo?: string;
  /** A file that gets the most memory the process ever had in use, in kilobytes (Linux). */
  peakMemoryTo?: string;
  /** Gives up being root, to which no file is read-only. */
  asNobody?: boolean;
}

const PRELOAD = new URL('./fault-preload.mjs', import.meta.url);

/** The environment that makes a process of drason suffer a plan. */
export function faultEnv(plan: FaultPlan): { NODE_OPTIONS: string; FAULT_PLAN: string } {
  return { NODE_OPTIONS: `--import=${PRELOAD.href}`, FAULT_PLAN: JSON.stringify(plan) };
}

/** Whether a full disk can be made here (Linux with util-linux). */
export const CAN_FILL_DISK = spawnSync('prlimit', ['--version']).status === 0;

/** The most moments within any sliding window of `ms` milliseconds. */
export function densest(moments: readonly number[], ms: number): number {
  const sorted = [...moments].sort((a, b) => a - b);
  let most = 0;
  let from = 0;
  for (const [to, moment] of sorted.entries()) {
    while (moment - (sorted[from] ?? moment) >= ms) from++;
    most = Math.max(most, to - from + 1);
  }
  return most;
}

function listen(server: Server | ReturnType<typeof createTcpServer>): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address ? address.port : 0);
    });
  });
}

/** One request that an own server got. */
export interface Seen {
  at: number;
  method: string;
  url: string;
}

/** A server in Smartlead's place that answers as it likes, after the request's body has come. Gone when the test ends. */
export async function ownServer(
  answer: (response: ServerResponse, seen: Seen[], request: IncomingMessage) => void,
): Promise<{ url: string; seen: Seen[] }> {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    seen.push({ at: performance.now(), method: request.method ?? '', url: request.url ?? '' });
    request.resume().on('end', () => answer(response, seen, request));
  });
  const port = await listen(server);
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${port}/api/v1`, seen };
}

/** A way to a server on which every piece, in either direction, takes a random while, up to `upToMs`. Gives its URL. */
export async function jitteryWay(trial: Trial, upToMs: number): Promise<string> {
  const open = new Set<Socket>();
  const relay = (from: Socket, to: Socket) => {
    let before = Promise.resolve();
    from.on('data', (piece) => {
      before = before.then(async () => {
        await wait(Math.random() * upToMs);
        if (!to.destroyed) to.write(piece);
      });
    });
    from.on('close', () => {
      before = before.then(() => void to.destroy());
    });
    from.on('error', () => to.destroy());
    open.add(from);
  };
  const server = createTcpServer((client) => {
    const upstream = connect(trial.sandbox.port, '127.0.0.1');
    relay(client, upstream);
    relay(upstream, client);
  });
  const port = await listen(server);
  onTestFinished(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  return `http://127.0.0.1:${port}/api/v1`;
}

/** Waits until something holds; false after `ms` milliseconds. */
export async function until(holds: () => boolean, ms = 20_000): Promise<boolean> {
  const deadline = performance.now() + ms;
  while (!holds()) {
    if (performance.now() > deadline) return false;
    await wait(10);
  }
  return true;
}

/** Every attempt that the database knows for a request of the server: none may be without one. */
export function requestsWithoutAttempt(trial: Trial): number {
  const attempts = trial.query<{ campaign: string; leads: number; n: number }>(
    "SELECT campaign_id AS campaign, lead_count AS leads, count(*) AS n FROM attempts WHERE step = 'push' GROUP BY 1, 2",
  );
  const left = new Map(attempts.map(({ campaign, leads, n }) => [`${campaign} ${leads}`, n]));
  let without = 0;
  for (const { path, body } of trial.pushes()) {
    const leads = sizeOf(body);
    if (leads === undefined) continue;
    const key = `${/campaigns\/([^/]+)/.exec(path)?.[1]} ${leads}`;
    const n = left.get(key) ?? 0;
    if (n === 0) without++;
    else left.set(key, n - 1);
  }
  return without;
}

function sizeOf(body: unknown): number | undefined {
  if (typeof body !== 'object' || body === null || !('lead_list' in body)) return undefined;
  return Array.isArray(body.lead_list) ? body.lead_list.length : undefined;
}
