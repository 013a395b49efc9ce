/** Where the service listens. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { OpenAPIHono } from '@hono/zod-openapi';
import { expect, onTestFinished, test } from 'vitest';
import type { DoorEnv } from '../../src/server/doors.js';
import { listen } from '../../src/server/listen.js';
import { startServe } from '../helpers/serve.js';
import { tempDir } from '../helpers/temp-dir.js';
import { startTrial } from '../helpers/trial.js';

function app() {
  const made = new OpenAPIHono<DoorEnv>();
  made.get('/', (c) => c.text('here'));
  return made;
}

function askSocket(socketPath: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request({ socketPath, path: '/' }, (answer) => resolve(answer.resume().statusCode))
      .on('error', reject)
      .end();
  });
}

test('a path is a Unix socket: one that a killed server left is replaced, one in use is not, and it goes at the end', async () => {
  const path = join(tempDir(), 'drason.sock');
  const left = `require('node:net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))`;
  spawnSync(process.execPath, ['-e', left, path]);
  expect(existsSync(path)).toBe(true);
  const server = await listen(app(), { host: path, port: 0 });
  onTestFinished(() => server.drain());
  expect(await askSocket(path)).toBe(200);
  await expect(listen(app(), { host: path, port: 0 })).rejects.toThrow(`cannot listen on ${path}: `);
  expect(await askSocket(path)).toBe(200);
  server.shut();
  await server.drain();
  expect(existsSync(path)).toBe(false);
});

test('a file that is no socket is left alone', async () => {
  const trial = await startTrial();
  await expect(listen(app(), { host: join(trial.dir, 'rules.yaml'), port: 0 })).rejects.toThrow('cannot listen on');
  expect(existsSync(join(trial.dir, 'rules.yaml'))).toBe(true);
});

test('[::1] is an address to listen on, and to open', async () => {
  const trial = await startTrial({ rules: 'rules: [{ persona: "*", target_campaign_id: "123456" }]\n' });
  const { port, stderr } = await startServe(trial, { args: ['--host', '[::1]'] });
  expect((await fetch(`http://[::1]:${port}/admin/login`)).status).toBe(200);
  await expect.poll(stderr).toContain(`admin page: http://[::1]:${port}/admin/login?link=`);
});
