import { isIPv6 } from 'node:net';

/** A client may guess so often within the window, milliseconds. */
const MOST = 10;
const WINDOW_MS = 60_000;
/** So many clients are remembered; then the one that was quiet longest is forgotten. */
const MOST_CLIENTS = 10_000;

/** How often each client has tried a password lately. Every try counts from its start, so that many at once gain nothing. */
export class Guesses {
  readonly #steady: () => number;
  /** When each client tried, oldest first; the client that tried last is the last one of the map. */
  readonly #tries = new Map<string, number[]>();

  constructor(steady: () => number) {
    this.#steady = steady;
  }

  /** Counts a try. 0: it may go; else the seconds to wait, and nothing was counted. */
  take(client: string): number {
    const name = networkOf(client);
    const now = this.#steady();
    const recent = (this.#tries.get(name) ?? []).filter((at) => now - at < WINDOW_MS);
    const [oldest] = recent;
    if (recent.length >= MOST && oldest !== undefined) return Math.max(1, Math.ceil((oldest + WINDOW_MS - now) / 1000));
    recent.push(now);
    this.#tries.delete(name);
    this.#tries.set(name, recent);
    const [quietest] = this.#tries.keys();
    if (this.#tries.size > MOST_CLIENTS && quietest !== undefined) this.#tries.delete(quietest);
    return 0;
  }

  /** Takes a client's latest try off the count: it was no wrong guess. */
  giveBack(client: string): void {
    this.#tries.get(networkOf(client))?.pop();
  }
}

/** Who counts as one client: an IPv4 address; of IPv6 the first 64 bits, since whoever has one has the whole network. */
function networkOf(client: string): string {
  if (!isIPv6(client)) return client;
  const [head = '', tail] = client.split('%')[0]?.split('::') ?? [];
  const left = head === '' ? [] : head.split(':');
  // an embedded IPv4 address takes the place of two groups, beyond the first four either way
  const right = tail === undefined || tail === '' ? [] : tail.replace(/\d+\.\d+\.\d+\.\d+$/, '0:0').split(':');
  const zeros = Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => '0');
  const groups = [...left, ...zeros, ...right].slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16));
  return `${groups.join(':')}::/64`;
}
