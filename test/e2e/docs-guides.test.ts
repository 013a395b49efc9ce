import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import type { PickFault } from '../../src/sandbox/faults.js';
import { parseFaults } from '../../src/sandbox/faults.js';
import { masked, outputPattern, type Section, type Step, sectionsOf, withoutStandIn } from '../helpers/guide.js';
import { BIN, ROOT } from '../helpers/run-cli.js';
import { startTrial, type Trial } from '../helpers/trial.js';

const GUIDES = ['rules', 'support', 'cron', 'data'].map((name) => `docs/${name}.md`);
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

interface Shell {
  /** Runs a command as typed in the trial's folder; stdout and stderr as they come. Ctrl-C `after` that was shown. */
  type(command: string, after?: readonly string[]): Promise<{ code: number; shown: string }>;
  /** Runs a command as cron does: elsewhere, and with next to nothing in its environment. */
  byTheClock(command: string): Promise<{ code: number; shown: string }>;
}

/** A shell in the trial's folder, where `drason` is the one of this checkout. */
function openShell(trial: Trial): Shell {
  const bin = join(trial.dir, 'bin');
  mkdirSync(bin);
  symlinkSync(BIN, join(bin, 'drason'));
  const settings = {
    SMARTLEAD_BASE_URL: trial.sandbox.url,
    SMARTLEAD_API_KEY: 'trial-key-5f2a',
    DRASON_DB: join(trial.dir, 'drason.db'),
  };
  trial.write(
    '.env',
    Object.entries(settings)
      .map((pair) => `${pair.join('=')}\n`)
      .join(''),
  );
  const bare = { PATH: `${bin}:${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`, HOME: trial.dir };
  let lastCode = 0;

  async function run(script: string, cwd: string, env: Record<string, string>, after?: readonly string[]) {
    const child = spawn('sh', ['-c', `exec 2>&1; ${script}`], { cwd, env, stdio: ['ignore', 'pipe', 'ignore'] });
    let shown = '';
    let interrupted = false;
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      shown = withoutStandIn(shown + text);
      if (!after || interrupted || !outputPattern(after).test(masked(shown, trial.dir))) return;
      interrupted = true;
      child.kill('SIGINT');
    });
    const [code] = await once(child, 'close');
    return { code: Number(code), shown };
  }

  return {
    async type(command, after) {
      const env = { ...bare, ...settings, XDG_DATA_HOME: join(trial.dir, 'data') };
      const script = after ? `exec ${command}` : `(exit ${lastCode})\n${command}`;
      const result = await run(script, trial.dir, env, after);
      lastCode = result.code;
      return result;
    },
    byTheClock: (command) => run(command, '/', bare),
  };
}

const saysCode = (step: Step | undefined) => step?.kind === 'command' && step.command.startsWith('echo $?');

/** Runs a section, as a reader who types what it shows, and compares. */
async function follow(page: string, section: Section): Promise<void> {
  let faults: PickFault = () => undefined;
  const trial = await startTrial({ faults: (request) => faults(request) });
  const shell = openShell(trial);
  const here = (text: string) => text.replaceAll('/srv/leads', trial.dir);
  // An id in a command stands for that of the run that was shown last.
  let lastRun = '';
  for (const [index, step] of section.steps.entries()) {
    const where = 'line' in step ? `${page}:${step.line}` : page;
    if (step.kind === 'file') trial.write(step.name, here(step.text));
    else if (step.kind === 'stand-in') {
      const { credits, fault } = step.settings;
      if (credits !== undefined) trial.sandbox.account.setCredits(credits === 'any' ? null : Number(credits));
      if (fault !== undefined) faults = fault === 'none' ? () => undefined : parseFaults(fault).faults;
    } else if (step.kind === 'sql') {
      const db = new BetterSqlite3(join(trial.dir, 'drason.db'), { readonly: !step.writes });
      const run = () => (step.writes ? db.prepare(step.query).run() : db.prepare(step.query).all());
      expect(run, where).not.toThrow();
      db.close();
    } else if (step.kind === 'by the clock') {
      expect({ where, ...(await shell.byTheClock(here(step.command))) }).toEqual({ where, code: 0, shown: '' });
    } else {
      const interrupt = step.output.indexOf('^C');
      const command = here(step.command.replaceAll(/\b[0-9a-f]{8}-…/g, lastRun));
      const { code, shown } = await shell.type(command, interrupt < 0 ? undefined : step.output.slice(0, interrupt));
      lastRun = [...shown.matchAll(/^Run +([0-9a-f-]{36})$/gm)].at(-1)?.[1] ?? lastRun;
      if (step.hidden) continue;
      const pattern = outputPattern(step.output.filter((line) => line !== '^C'));
      if (!pattern.test(masked(shown, trial.dir))) {
        expect(`${where}\n${shown}`).toBe(`${where}\n${step.output.join('\n')}\n`);
      }
      // A code other than 0 is always shown, so that whoever writes a script meets no surprise.
      const next = section.steps[index + 1];
      if (code !== 0 && !saysCode(step)) expect({ where, code, shown: saysCode(next) }).toMatchObject({ shown: true });
    }
  }
}

describe.each(GUIDES)('%s', (page) => {
  const sections = sectionsOf(read(page)).map((section) => [section.title, section] as const);
  test.each(sections)('%s: every example runs as it stands and shows what it shows', async (_title, section) => {
    await follow(page, section);
  });
});
