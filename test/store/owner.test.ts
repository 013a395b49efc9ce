import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { isAlive, thisProcess } from '../../src/store/engine/owner.js';
import { until } from '../helpers/faults.js';

const NOWHERE = '/no/proc';
const me = thisProcess();
const host = me.host.split(' ')[0] ?? '';

function child() {
  const started = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  onTestFinished(() => void started.kill('SIGKILL'));
  if (started.pid === undefined) throw new Error('not started');
  return { pid: started.pid, process: started };
}

test('this process is alive, with /proc and without', () => {
  expect(isAlive(me)).toBe(true);
  expect(isAlive({ ...me, host, processStarted: '', bootId: 'up-1' }, NOWHERE)).not.toBe(false);
});

test('where boots cannot be told apart, processes that disagree about the boot do not take each other for dead', () => {
  const { pid } = child();
  for (const bootId of ['up-490000', 'up-490001', me.bootId]) {
    expect(isAlive({ host, bootId, pid, processStarted: '' }, NOWHERE)).toBeUndefined();
  }
  // nor does one that can tell its boot
  expect(isAlive({ ...me, bootId: 'up-490000', pid, processStarted: '' })).toBeUndefined();
});

test('a process that is gone is dead, whatever is known of boots', async () => {
  const { pid, process: started } = child();
  const ended = new Promise((resolve) => started.once('close', resolve));
  started.kill('SIGKILL');
  await ended;
  expect(isAlive({ ...me, pid })).toBe(false);
  expect(isAlive({ host, bootId: 'up-490000', pid, processStarted: '' }, NOWHERE)).toBe(false);
});

test('another boot, or another process with the same pid, is over', () => {
  const { pid } = child();
  expect(isAlive({ ...me, pid, bootId: 'another' })).toBe(false);
  expect(isAlive({ ...me, pid, processStarted: '1' })).toBe(false);
});

test('a zombie is dead', async () => {
  // the shell becomes a sleep, which never asks what became of its child
  const parent = spawn('sh', ['-c', 'sleep 1 & echo $!; exec sleep 30'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  onTestFinished(() => void parent.kill('SIGKILL'));
  let said = '';
  parent.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const pidOf = () => Number(/^(\d+)$/m.exec(said)?.[1] ?? 0);
  const state = () => {
    try {
      return readFileSync(`/proc/${pidOf()}/stat`, 'utf8').split(') ')[1]?.[0];
    } catch {
      return undefined;
    }
  };
  expect(await until(() => state() === 'Z')).toBe(true);
  expect(isAlive({ ...me, pid: pidOf(), processStarted: '' })).toBe(false);
});
