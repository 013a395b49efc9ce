import { existsSync } from 'node:fs';
import { AxeBuilder } from '@axe-core/playwright';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { expect, onTestFinished } from 'vitest';
import { type Serving, startServe } from '../helpers/serve.js';
import type { Trial } from '../helpers/trial.js';

const PLACES = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Starts the Chromium of this system. Ends with the test. */
export async function startChromium(): Promise<Browser> {
  const executablePath = PLACES.find((place) => place !== undefined && existsSync(place));
  if (executablePath === undefined) throw new Error('no Chromium here: install chromium, or name it with CHROMIUM');
  // Chromium's own sandbox does not work for root; the pages are ours.
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const browser = await chromium.launch({ executablePath, args });
  onTestFinished(() => browser.close());
  return browser;
}

/** The server, and a browser that is logged in with the link that it printed. */
export interface Visit {
  serving: Serving;
  page: Page;
  /** What went wrong in the pages: errors of script, refusals of the content policy, answers of 500. */
  faults: string[];
  /** Opens a page of the organization, such as `leads`. */
  open(path: string): Promise<void>;
}

/** Starts `drason serve`, opens Chromium and logs in by the printed link. */
export async function visit(
  trial: Trial,
  options: { context?: BrowserContextOptions; serve?: Parameters<typeof startServe>[1] } = {},
): Promise<Visit> {
  const serving = await startServe(trial, options.serve);
  const browser = await startChromium();
  const context = await browser.newContext(options.context);
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text());
  });
  page.on('response', (response) => {
    if (response.status() >= 500) faults.push(`${response.status()} ${response.url()}`);
  });
  await expect.poll(() => serving.stderr(), { timeout: 10_000 }).toContain('/admin/login?link=');
  const link = /\/admin\/login\?link=[\w-]+/.exec(serving.stderr())?.[0] ?? '';
  await page.goto(serving.url + link);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('heading', { name: 'Overview' }).waitFor();
  return {
    serving,
    page,
    faults,
    async open(path) {
      await page.goto(`${serving.url}/admin/o/default${path === '' ? '' : `/${path}`}`);
    },
  };
}

/** What axe finds of serious and critical faults on the page as it stands. */
export async function seriousFaults(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, help, nodes }) => nodes.map(({ target }) => `${id}: ${help}: ${target.join(' ')}`));
}
