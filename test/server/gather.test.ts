import { expect, test } from 'vitest';
import { gather } from '../../src/server/gather.js';

test('what is said in one turn is handed on together, in its order; nothing twice, nothing left behind', async () => {
  const handedOn: number[][] = [];
  const say = gather<number>((said) => handedOn.push(said), setImmediate);
  const nextTurn = () => new Promise((resolve) => setImmediate(resolve));
  for (const n of [1, 2, 3]) say(n);
  await Promise.resolve().then(() => say(4));
  expect(handedOn).toEqual([]);
  await nextTurn();
  expect(handedOn).toEqual([[1, 2, 3, 4]]);
  say(5);
  await nextTurn();
  await nextTurn();
  expect(handedOn).toEqual([[1, 2, 3, 4], [5]]);
});

test('what is said while something is handed on goes with the next', async () => {
  const handedOn: string[][] = [];
  const say = gather<string>((said) => {
    handedOn.push(said);
    if (said.includes('question')) say('answer');
  }, process.nextTick);
  say('question');
  await new Promise((resolve) => setImmediate(resolve));
  expect(handedOn).toEqual([['question'], ['answer']]);
});
