import type { App, Doors } from './doors.js';
import { errorBody } from './replies.js';

/** What watches over a service asks here: alive? able to do all of its work? */
export function probeRoutes(app: App, doors: Doors): void {
  app.get('/healthz', (c) => c.json({ success: true, data: { status: 'alive' } }));
  app.get('/readyz', async (c) => {
    const problems = await doors.engine.problems();
    if (problems.length === 0) return c.json({ success: true, data: { status: 'ready' } });
    return c.json({ ...errorBody('NOT_READY', problems.join('; ')), data: { problems } }, 503);
  });
}
