import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { makeProgressLine } from '../../src/cli/progress-line.js';
import { makeTerminal } from '../../src/cli/terminal.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function offTerminal(args: string[] = []) {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const line = makeProgressLine(makeTerminal({ stdin, stdout, stderr, env: {} }, args));
  return { line, said: () => String(stderr.read() ?? '') };
}

test('off a terminal there is a line every ten seconds, also while nothing new is shown, until it stops', () => {
  const { line, said } = offTerminal();
  line.show(() => '1 row');
  expect(said()).toBe('');
  vi.advanceTimersByTime(10_000);
  expect(said()).toBe('1 row\n');
  line.show(() => '2 rows');
  line.show(() => '3 rows');
  vi.advanceTimersByTime(20_000);
  expect(said()).toBe('3 rows\n3 rows\n');
  line.stop();
  vi.advanceTimersByTime(60_000);
  expect(said()).toBe('');
});

test('with --quiet there is none', () => {
  const { line, said } = offTerminal(['-q']);
  line.show(() => '1 row');
  vi.advanceTimersByTime(60_000);
  expect(said()).toBe('');
});
