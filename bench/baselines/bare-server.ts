// A server of the same framework that parses JSON and answers.
import { serve } from '@hono/node-server';
import { Hono } from 'hono';

const app = new Hono();
app.post('/api/ingest', async (c) => {
  const { email } = await c.req.json<{ email: string }>();
  return c.json({ success: true, data: { message: 'Lead ingested successfully', email } });
});
serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) =>
  process.stdout.write(`{"port":${port},"msg":"listening"}\n`),
);
