import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadDotEnv } from '../../src/config/dot-env.js';
import { tempDir } from '../helpers/temp-dir.js';

/** A working directory and a folder with a rules file. */
function places() {
  const root = tempDir();
  const [cwd, client] = [join(root, 'cwd'), join(root, 'client')];
  mkdirSync(cwd);
  mkdirSync(client);
  const rules = join(client, 'rules.yaml');
  writeFileSync(rules, 'rules: []\n');
  const write = (folder: string, text: string) => writeFileSync(join(folder, '.env'), text);
  return { cwd, client, rules, write };
}

test('the environment wins, then the .env beside the rules file, then that of the working directory', () => {
  const { cwd, client, rules, write } = places();
  write(cwd, 'A=cwd\nB=cwd\nC=cwd\n');
  write(client, 'A=client\nB=client\n');
  const env: NodeJS.ProcessEnv = { A: 'real' };
  const lineOf = loadDotEnv({ env, cwd, rulesFlag: rules });
  expect(env).toEqual({ A: 'real', B: 'client', C: 'cwd' });
  expect(['A', 'B', 'C', 'D'].map(lineOf)).toEqual([
    undefined,
    { path: join(client, '.env'), line: 2 },
    { path: join(cwd, '.env'), line: 3 },
    undefined,
  ]);
});

test('the .env of the working directory may name the rules file; the one beside it names no other', () => {
  const { cwd, client, rules, write } = places();
  write(cwd, `DRASON_RULES=${rules}\n`);
  write(client, 'DRASON_RULES=/elsewhere/rules.yaml\nB=client\n');
  const env: NodeJS.ProcessEnv = {};
  loadDotEnv({ env, cwd });
  expect(env).toEqual({ DRASON_RULES: rules, B: 'client' });
});

test('the line is the one that counts: the last, and none inside a value of several lines', () => {
  const { cwd, write } = places();
  write(cwd, '\uFEFF# A=comment\nA=1\nexport A = 2\nB="\nA=inside\n"\nAA=3\n');
  const env: NodeJS.ProcessEnv = {};
  const lineOf = loadDotEnv({ env, cwd });
  expect(env).toEqual({ A: '2', B: '\nA=inside\n', AA: '3' });
  expect(['A', 'B', 'AA'].map((name) => lineOf(name)?.line)).toEqual([3, 4, 7]);
});

test('a folder called .env, a missing file and a rules file that does not exist are no errors here', () => {
  const { cwd } = places();
  mkdirSync(join(cwd, '.env'));
  expect(loadDotEnv({ env: {}, cwd, rulesFlag: 'gone.yaml' })('A')).toBeUndefined();
  const file = places();
  file.write(file.cwd, 'A=1\n');
  expect(loadDotEnv({ env: {}, cwd: file.cwd })('A')).toEqual({ path: join(file.cwd, '.env'), line: 1 });
});
