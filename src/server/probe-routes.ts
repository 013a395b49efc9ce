import { isLoopback } from './client-address.js';
import { type App, type DoorContext, type Doors, organizationOfKey } from './doors.js';
import { statsText } from './metrics.js';
import { errorBody } from './replies.js';

/** What watches over a service asks here: alive? able to do all of its work? */
export function probeRoutes(app: App, doors: Doors): void {
  app.get('/healthz', (c) => c.json({ success: true, data: { status: 'alive' } }));
  app.get('/readyz', async (c) => {
    const problems = await doors.engine.problems();
    if (problems.length === 0) return c.json({ success: true, data: { status: 'ready' } });
    return c.json({ ...errorBody('NOT_READY', problems.join('; ')), data: { problems } }, 503);
  });
  app.get('/metrics', async (c) => {
    // a key is as good as a name: no page of another site has one
    if (c.req.header('x-api-key') === undefined) doors.names.check(c.req.header('host'));
    const own = isOwnMachine(c) && doors.names.has(c.req.header('host'));
    const names = own ? [...doors.organizations.keys()] : [(await organizationOfKey(doors, c)).config.organization];
    const text = await statsText(await doors.engine.stats(names));
    c.header('content-type', 'text/plain; version=0.0.4; charset=utf-8');
    return c.body(own ? `${text}\n${await doors.times.registry.metrics()}` : text);
  });
}

/** Whether a request comes from this machine and not through a proxy on it. */
function isOwnMachine(c: DoorContext): boolean {
  return isLoopback(c.env.incoming?.socket.remoteAddress) && c.req.header('x-forwarded-for') === undefined;
}
