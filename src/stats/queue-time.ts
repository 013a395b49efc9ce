import type { RateWindow } from '../store/queue/rate-budget.js';

/** How many requests it takes at least to push so many leads of each campaign. */
export function requestsNeeded(leadsByCampaign: Iterable<number>, batchSize: number): number {
  let requests = 0;
  for (const leads of leadsByCampaign) requests += Math.ceil(leads / batchSize);
  return requests;
}

/**
 * In how many milliseconds the last of so many requests may go, when each goes as soon as every window allows. `ages`
 * says how long ago the latest requests were answered, oldest first; `pauseMs` how long nothing may go. Pure, and a lower
 * bound: that answers take time is left out.
 */
export function timeToSend(
  requests: number,
  windows: readonly RateWindow[],
  ages: readonly number[],
  pauseMs = 0,
): number {
  const sent: number[] = [];
  // A window has room again when the request that many places before is as old as the window is long.
  const limits = windows.map(({ requests: allowed, perMs }) => {
    const held = ages.filter((age) => age < perMs).map((age) => perMs - age);
    return (place: number) => {
      const before = held.length + place - allowed;
      return before < 0 ? 0 : (held[before] ?? (sent[before - held.length] ?? 0) + perMs);
    };
  });
  for (let place = 0; place < requests; place++) {
    sent.push(Math.max(pauseMs, sent.at(-1) ?? 0, ...limits.map((freeAt) => freeAt(place))));
  }
  return sent.at(-1) ?? 0;
}
