import { expect, test } from 'vitest';
import { oncePerTurn } from '../../src/server/once-per-turn.js';

test('what many ask for in one turn is found once, and found anew in the next', async () => {
  let standing: string | undefined = 'stands';
  const asked: string[] = [];
  const find = oncePerTurn(async (name) => {
    asked.push(name);
    return standing;
  });
  const nextTurn = () => new Promise((resolve) => setImmediate(resolve));
  expect(await Promise.all([find('a'), find('b'), find('a')])).toEqual(['stands', 'stands', 'stands']);
  expect(asked).toEqual(['a', 'b']);
  standing = undefined;
  await nextTurn();
  expect(await find('a')).toBeUndefined();
  expect(asked).toEqual(['a', 'b', 'a']);
});
