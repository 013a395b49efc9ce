import { type BlockList, isIP } from 'node:net';
import type { DoorContext } from './doors.js';

/** An address in its shortest form: IPv4 as IPv4 also where the socket takes both. */
const plain = (address: string) => address.trim().replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '');

/** Whether an address is of this machine. */
export function isLoopback(address: string | undefined): boolean {
  return address !== undefined && /^(127\.|::1$)/.test(plain(address));
}

/**
 * The address of who asks: the socket's peer; where that is a proxy on this machine or a trusted one, the last address of
 * X-Forwarded-For that is no such proxy. What stands before it was written by the asker.
 */
export function clientAddress(c: DoorContext, trusted: BlockList): string {
  const peer = plain(c.env.incoming?.socket.remoteAddress ?? '127.0.0.1');
  const isProxy = (address: string) =>
    isLoopback(address) || trusted.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
  let client = peer;
  const hops = c.req.header('x-forwarded-for')?.split(',').map(plain) ?? [];
  while (isProxy(client)) {
    const hop = hops.pop();
    if (hop === undefined || isIP(hop) === 0) break;
    client = hop;
  }
  return client;
}
