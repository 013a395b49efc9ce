import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/clock.js';
import { openInputs } from '../../src/intake/read-leads.js';
import { keepRejects, removeRejectsNaming } from '../../src/pipeline/kept-rejects.js';
import { closeStore, openStore } from '../../src/store/engine/open.js';
import { tempDir } from '../helpers/temp-dir.js';
import { intakeOptions, tempFile } from '../intake/read-all.js';

test.each([
  ['ada@MÜNCHEN.de; bo@acme.com', 'ada@xn--mnchen-3ya.de'],
  ['Mr O\u2019Neil\uff20acme.com', "o'neil@acme.com"],
  ['Ada&#64;acme.com bo@acme.com', 'ada@acme.com'],
])('kept rows that name a forgotten person as %j go with them', async (cell, email) => {
  const dir = tempDir();
  const store = await openStore(join(dir, 'a.db'), 'live', systemClock, true);
  onTestFinished(() => closeStore(store));
  const inputs = await openInputs([tempFile('leads.csv', `email\n${cell}\n`)], intakeOptions(), Readable.from([]));
  onTestFinished(() => inputs[0]?.close());
  const kept = await keepRejects(store, inputs, 'upload');
  await kept.writer.write({ line: 2, reason: 'r', raw: { input: 0, cells: [cell] } });
  await kept.keep('run');
  expect(await removeRejectsNaming(store, 'cy@acme.com')).toBe(0);
  expect(await removeRejectsNaming(store, email)).toBe(1);
  expect(readdirSync(join(dir, 'a.db.rejects'))).toEqual([]);
});
