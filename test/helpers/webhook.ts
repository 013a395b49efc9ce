import { createServer } from 'node:http';
import { onTestFinished } from 'vitest';
import { z } from 'zod';

const messageSchema = z.strictObject({ text: z.string() });

/** A webhook as Slack has them, gone when the test ends. */
export interface Webhook {
  /** Holds {@link WEBHOOK_SECRET}. */
  url: string;
  /** The texts it took, oldest first. */
  texts: string[];
  /** Requests that it turned away. */
  refused: number;
  /** How it answers from now on. */
  answer: { status: number; headers?: Record<string, string>; afterMs?: number; body?: string };
}

/** The part of the URL that nobody may see. */
export const WEBHOOK_SECRET = 'T0planted77/B0hook41/xyzzySecret';

/** Starts one. */
export async function startWebhook(): Promise<Webhook> {
  const hook: Webhook = { url: '', texts: [], refused: 0, answer: { status: 200 } };
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => {
      body += text;
    });
    request.on('end', () => {
      const { status, headers = {}, afterMs = 0, body: said = 'ok' } = hook.answer;
      const path = `${request.method} ${request.url} ${request.headers['content-type']}`;
      if (path !== `POST /services/${WEBHOOK_SECRET} application/json`) throw new Error(`not a post of ours: ${path}`);
      if (status === 200) hook.texts.push(messageSchema.parse(JSON.parse(body)).text);
      else hook.refused++;
      setTimeout(() => response.writeHead(status, headers).end(said), afterMs);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  hook.url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}/services/${WEBHOOK_SECRET}`;
  return hook;
}
