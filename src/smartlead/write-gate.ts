import type { ClientRequest } from 'node:http';
import type { Socket } from 'node:net';

/** Asked once, at the moment in which a request's first byte would leave. False: nothing is written. */
export type MayWrite = () => boolean;

/**
 * Asks at the very moment of writing: a process may stand still (Ctrl-Z, a paused container or machine) at any point
 * before, such as while a connection is made. A new socket writes what it was given when it has connected, or, with TLS,
 * when it is secure; one that is used again does so at once.
 */
export function guardWrite(request: ClientRequest, mayWrite: MayWrite): void {
  request.once('socket', (socket: Socket) => {
    const check = () => {
      if (!mayWrite()) request.destroy(new Error('too late to be sent'));
    };
    if (!socket.connecting) check();
    else socket.prependOnceListener('encrypted' in socket ? 'secureConnect' : 'connect', check);
  });
}
