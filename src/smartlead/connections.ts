/** The connections to Smartlead that are kept between requests. */
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';

/**
 * A connection that nothing has used for longer than this may have died at the other end without a word. What is written
 * to it may or may not arrive, so it is not used again.
 */
const MOST_IDLE_MS = 3_000;

interface Moment {
  steady: number;
  wall: number;
}

const now = (): Moment => ({ steady: performance.now(), wall: Date.now() });
/** When each kept connection was put aside. */
const idleSince = new WeakMap<object, Moment>();

/** The steady clock does not count a machine's sleep on every system, and the wall clock may be set: the longer wins. */
function isStale(socket: Socket): boolean {
  const since = idleSince.get(socket);
  if (!since || !socket.writable || socket.readableEnded) return true;
  const { steady, wall } = now();
  return Math.max(steady - since.steady, Math.abs(wall - since.wall)) > MOST_IDLE_MS;
}

function keeping<A extends HttpAgent>(agent: A): A {
  const keep = agent.keepSocketAlive.bind(agent);
  agent.keepSocketAlive = (socket) => {
    idleSince.set(socket, now());
    return keep(socket);
  };
  return agent;
}

const OPTIONS = { keepAlive: true, scheduling: 'lifo', timeout: MOST_IDLE_MS } as const;
/** got's way of naming them. */
export const agents = { http: keeping(new HttpAgent(OPTIONS)), https: keeping(new HttpsAgent(OPTIONS)) };

/** Lets what has reached this machine meanwhile, such as the end of a kept connection, be noticed. */
export async function settleConnections(): Promise<void> {
  // Only the second turn is sure to ask the system again after whatever held this process up.
  await turn();
  await turn();
}

/** Closes the kept connections that may be dead. To be called right before a request takes one. */
export function dropStale(): void {
  for (const agent of Object.values(agents)) {
    for (const socket of Object.values(agent.freeSockets).flat()) if (socket && isStale(socket)) socket.destroy();
  }
}
