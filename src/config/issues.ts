/** zod's issues as problems of the file: where they stand, and in the words of someone who writes YAML. */
import type { z } from 'zod';
import type { Problem, Tree } from './tree.js';
import { kindOf, looksSecret } from './words.js';

type Path = readonly PropertyKey[];

const EXPECTED: Record<string, string> = {
  string: 'text',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping (key: value)',
  record: 'a mapping (key: value)',
};

/** What stands at a path, and the offset of its key; undefined when the file has nothing there. */
export function findEntry(root: Tree, path: Path): { keyOffset: number; tree: Tree } | undefined {
  let entry: { keyOffset: number; tree: Tree } | undefined = { keyOffset: root.offset, tree: root };
  for (const part of path) {
    if (entry === undefined || typeof part === 'symbol') return undefined;
    entry = entry.tree.entries.get(part);
  }
  return entry;
}

/** The problems that one issue stands for; `base` is the path of what zod was given. */
export function issueProblems(issue: z.core.$ZodIssue, root: Tree, base: Path = []): Problem[] {
  const path = [...base, ...issue.path];
  const entry = findEntry(root, path);
  if (entry === undefined) return [{ offset: nearestOffset(root, path), message: `missing "${String(path.at(-1))}"` }];
  if (issue.code === 'unrecognized_keys') {
    const messages = issue.message.split('\n');
    return issue.keys.map((key, i) => ({
      offset: findEntry(entry.tree, [key])?.keyOffset ?? entry.tree.offset,
      message: messages[i] ?? 'unknown key',
    }));
  }
  if (issue.code === 'invalid_key') {
    return [{ offset: entry.keyOffset, message: issue.issues[0]?.message ?? 'this name is not allowed' }];
  }
  if (issue.code === 'invalid_union') {
    const inside = issue.errors.find((branch) => branch.length > 0 && branch.every((each) => each.path.length > 0));
    if (inside) return inside.flatMap((each) => issueProblems(each, root, path));
  }
  return [{ offset: entry.tree.offset, message: `${label(path)}${wording(issue, entry.tree.value)}` }];
}

function wording(issue: z.core.$ZodIssue, value: unknown): string {
  if (issue.code === 'invalid_type') {
    const quotes =
      issue.expected === 'string' && ['number', 'boolean'].includes(typeof value) ? '; put it in quotes' : '';
    return `expected ${EXPECTED[issue.expected] ?? 'something else'}, found ${kindOf(value)}${quotes}`;
  }
  return issue.code === 'invalid_union' ? `${issue.message}, found ${kindOf(value)}` : issue.message;
}

/** `min_score: ` or `persona[1]: `. Only keys that the schema knows get here, and names of organizations. */
function label(path: Path): string {
  const last = path.findLastIndex((part) => typeof part === 'string');
  if (last < 0 || looksSecret(String(path[last]))) return '';
  const indexes = path.slice(last + 1).map((part) => `[${String(part)}]`);
  return `${String(path[last])}${indexes.join('')}: `;
}

function nearestOffset(root: Tree, path: Path): number {
  for (let length = path.length - 1; length > 0; length--) {
    const entry = findEntry(root, path.slice(0, length));
    if (entry) return entry.tree.offset;
  }
  return root.offset;
}
