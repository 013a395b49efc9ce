import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The repository; the benchmarks run compiled, from bench/build/bench/. */
export const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const DRASON = join(ROOT, 'bin', 'drason.js');
const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** A command that has ended. */
export interface Ended {
  ms: number;
  /** Peak resident memory, bytes. */
  peak: number;
  stdout: string;
}

/** What every measure is given. */
export interface Bench {
  /** Rows of the large inputs: 1,000,000 unless --rows says otherwise. */
  rows: number;
  pairs: number;
  /** Tiny inputs, to prove that the benchmarks work; the figures mean nothing. */
  smoke: boolean;
  /** A folder that is gone when the benchmarks end. */
  folder: string;
}

/** Makes the folder of one run of the benchmarks. */
export function openBench(options: Omit<Bench, 'folder'>): Bench {
  const bench = { ...options, folder: mkdtempSync(join(tmpdir(), 'drason-bench-')) };
  process.once('exit', () => rmSync(bench.folder, { recursive: true, force: true }));
  return bench;
}

/** Runs a script as a process of its own in the bench's folder and waits for it. Throws unless it ends with 0. */
export async function runNode(bench: Bench, args: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
  const peakFile = join(bench.folder, 'peak');
  rmSync(peakFile, { force: true });
  const began = performance.now();
  const { stdout } = await run(process.execPath, ['--import', here('report-peak.js'), ...args], {
    cwd: bench.folder,
    env: { ...cleanEnv(bench), BENCH_PEAK_FILE: peakFile, ...env },
  });
  const ms = performance.now() - began;
  return { ms, peak: existsSync(peakFile) ? Number(readFileSync(peakFile, 'utf8')) : Number.NaN, stdout };
}

/** Runs drason as a user would, from dist/. */
export function drason(bench: Bench, args: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
  return runNode(bench, [DRASON, ...args], env);
}

/** Runs one of the baselines, a script of this folder. */
export function baseline(bench: Bench, name: string, args: readonly string[] = []): Promise<Ended> {
  return runNode(bench, [here(`baselines/${name}.js`), ...args]);
}

/** Starts a script that keeps running; it is to be killed by whoever started it. */
export function startNode(
  bench: Bench,
  script: 'drason' | string,
  args: readonly string[],
  env: Record<string, string>,
) {
  const file = script === 'drason' ? DRASON : here(`baselines/${script}.js`);
  return spawn(process.execPath, [file, ...args], {
    cwd: bench.folder,
    env: { ...cleanEnv(bench), ...env },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}

/** Nothing of this process's environment, so that no setting of the user's gets in. */
function cleanEnv(bench: Bench): Record<string, string> {
  return { PATH: process.env.PATH ?? '', HOME: bench.folder, XDG_DATA_HOME: join(bench.folder, 'data') };
}

/** Removes a database with what lies beside it. */
export function removeDatabase(path: string): void {
  for (const end of ['', '-wal', '-shm']) rmSync(path + end, { force: true });
}
