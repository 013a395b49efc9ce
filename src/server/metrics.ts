import ms from 'ms';
import { Gauge, Histogram, Registry } from 'prom-client';
import type { ServiceStats } from '../stats/service-stats.js';

/** How long requests to the doors took, seconds. */
export class RequestTimes {
  readonly registry = new Registry();
  readonly #times = new Histogram({
    name: 'drason_http_request_seconds',
    help: 'Time to answer a request',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.02, 0.1, 0.5, 1, 5, 15, 60],
    registers: [this.registry],
  });

  observe(request: { method: string; route: string; status: number; ms: number }): void {
    const { method, route, status } = request;
    this.#times.observe({ method, route, status }, request.ms / 1000);
  }
}

/** The state of organizations in Prometheus' text format. */
export async function statsText(stats: readonly ServiceStats[]): Promise<string> {
  const registry = new Registry();
  const gauge = (name: string, help: string, labels: readonly string[] = []) =>
    new Gauge({ name, help, labelNames: ['organization', ...labels], registers: [registry] });
  const leads = gauge('drason_leads', 'Leads by status and hold reason', ['status', 'reason']);
  const proven = gauge('drason_pushes_proven', 'Leads proven to be in their campaign, ever');
  const failed = gauge('drason_pushes_failed', 'Pushes that failed, ever');
  const queue = gauge('drason_queue_leads', 'Leads that wait for their push');
  const oldest = gauge('drason_queue_oldest_seconds', 'How long the oldest of them has waited');
  const stops = gauge('drason_stops', 'Stopped keys and campaigns');
  const used = gauge('drason_limit_used', 'Requests in the window', ['window']);
  const limit = gauge('drason_limit', 'Requests that the window allows', ['window']);
  const latency = gauge('drason_push_seconds', 'Mean time of the latest pushes, from claim to settlement');
  for (const one of stats) {
    const { organization } = one;
    for (const { status, hold_reason, n } of one.leads) {
      leads.set({ organization, status, reason: hold_reason ?? '' }, n);
    }
    proven.set({ organization }, one.proven);
    failed.set({ organization }, one.failed);
    queue.set({ organization }, one.queue.leads);
    oldest.set({ organization }, one.queue.oldestMs / 1000);
    stops.set({ organization }, one.stops);
    for (const window of one.limiter) {
      const labels = { organization, window: ms(window.perMs) };
      used.set(labels, window.used);
      limit.set(labels, window.requests);
    }
    if (one.latencyMs !== undefined) latency.set({ organization }, one.latencyMs / 1000);
  }
  return registry.metrics();
}
