/** A YAML document as plain values that remember where they stand. Aliases share the tree of what they name. */
import { isAlias, isMap, isScalar, isSeq, type Node, type Pair, type Scalar, type YAMLMap, type YAMLSeq } from 'yaml';
import { quoteKey } from './words.js';

/** Something wrong at an offset (in characters) of the text. */
export interface Problem {
  offset: number;
  message: string;
}

/** A problem after which the rest of the document is not looked at. */
export class Unreadable extends Error {
  readonly offset: number;
  constructor(offset: number, message: string) {
    super(message);
    this.offset = offset;
  }
}

export interface Tree {
  value: unknown;
  offset: number;
  /** How many values it holds, those behind its aliases counted each time. */
  size: number;
  /** By key or index, with the offset of the key (of the value, in a list). */
  entries: Map<string | number, { keyOffset: number; tree: Tree }>;
}

const MAX_DEPTH = 20;
const MAX_ALIASES = 100;
const MAX_SIZE = 150_000;

/** Turns a composed document into a tree. Throws {@link Unreadable}; lesser problems are added to the list. */
export function buildTree(contents: Node | null, problems: Problem[]): Tree {
  const anchors = new Map<string, Tree>();
  let aliases = 0;

  function visit(node: unknown, at: number, depth: number): Tree {
    if (isAlias(node)) return follow(node.source, node.range?.[0] ?? at);
    if (isScalar(node)) return remember(node, scalar(node, at));
    if (!isMap(node) && !isSeq(node)) return leaf(null, at);
    const offset = node.range?.[0] ?? at;
    if (depth >= MAX_DEPTH) throw new Unreadable(offset, `nested more than ${MAX_DEPTH} levels deep`);
    return remember(node, isMap(node) ? map(node, offset, depth) : list(node, offset, depth));
  }

  /** An anchor counts from its value's end on, so nothing can hold itself. */
  function remember(node: Scalar | YAMLMap | YAMLSeq, tree: Tree): Tree {
    if (node.anchor) anchors.set(node.anchor, tree);
    return tree;
  }

  function follow(name: string, offset: number): Tree {
    aliases += 1;
    if (aliases > MAX_ALIASES) throw new Unreadable(offset, `more than ${MAX_ALIASES} aliases`);
    const tree = anchors.get(name);
    if (!tree) throw new Unreadable(offset, 'this alias has no anchor before it');
    return tree;
  }

  function grow(tree: Tree, key: string | number, keyOffset: number, child: Tree): void {
    tree.entries.set(key, { keyOffset, tree: child });
    tree.size += child.size;
    if (tree.size > MAX_SIZE) throw new Unreadable(keyOffset, 'too many values; aliases count as what they name');
  }

  function list(node: YAMLSeq, offset: number, depth: number): Tree {
    const value: unknown[] = [];
    const tree: Tree = { value, offset, size: 1, entries: new Map() };
    node.items.forEach((item, index) => {
      const child = visit(item, offset, depth + 1);
      value.push(child.value);
      grow(tree, index, child.offset, child);
    });
    return tree;
  }

  function map(node: YAMLMap, offset: number, depth: number): Tree {
    const value: Record<string, unknown> = Object.create(null);
    const tree: Tree = { value, offset, size: 1, entries: new Map() };
    for (const pair of node.items) {
      const { key, keyOffset } = keyOf(pair, offset);
      if (key === undefined) {
        problems.push({ offset: keyOffset, message: 'a key must be a single word or a text' });
        continue;
      }
      if (tree.entries.has(key)) {
        problems.push({ offset: keyOffset, message: `duplicate key ${quoteKey(key)}` });
        continue;
      }
      const child = visit(pair.value, keyOffset, depth + 1);
      if (isSecret(key, child.value)) problems.push({ offset: keyOffset, message: secretMessage(key) });
      value[key] = child.value;
      grow(tree, key, keyOffset, child);
    }
    return tree;
  }

  function scalar(node: Scalar, at: number): Tree {
    const offset = node.value === null || !node.range ? at : node.range[0];
    const { value, source = '' } = node;
    if (typeof value !== 'bigint') return leaf(value, offset);
    if (BigInt(Number(value)) !== value || !Number.isSafeInteger(Number(value))) {
      problems.push({ offset, message: 'this number is too large to be kept exactly; put it in quotes' });
    } else if (/^[-+]?0[\dxo]/i.test(source)) {
      problems.push({ offset, message: 'this number would lose its leading 0; put it in quotes' });
    }
    return leaf(Number(value), offset);
  }

  return visit(contents, 0, 0);
}

function leaf(value: unknown, offset: number): Tree {
  return { value, offset, size: 1, entries: new Map() };
}

function keyOf(pair: Pair, at: number): { key: string | undefined; keyOffset: number } {
  const node = pair.key;
  if (!isScalar(node)) return { key: undefined, keyOffset: at };
  const keyOffset = node.range?.[0] ?? at;
  const { value } = node;
  // zod passes over __proto__ without a word, and no key of ours is called that
  if (value === null || value === '__proto__') return { key: undefined, keyOffset };
  return { key: String(value), keyOffset };
}

/** A key such as api_key or webhook_secret with a value; names of variables end in _env and are no secret. */
function isSecret(key: string, value: unknown): boolean {
  if (value === null || (typeof value === 'object' && !Array.isArray(value))) return false;
  return /(key|token|secret|password|passwd|pwd|credentials?|authorization|bearer)$/i.test(key.trim());
}

function secretMessage(key: string): string {
  const setting = /webhook/i.test(key) ? 'webhook_secret_env' : /secret/i.test(key) ? 'secret_env' : 'api_key_env';
  const advice = `put it into an environment variable and give that variable's name as ${setting}`;
  return `${quoteKey(key)} holds a secret, which must not be in this file: ${advice}`;
}
