/** The bytes of a rules file → a tree of values and the problems found so far. Knows YAML and nothing of settings. */
import { LineCounter, parseDocument } from 'yaml';
import { buildTree, type Problem, type Tree, Unreadable } from './tree.js';
import { yamlProblems } from './yaml-problems.js';

export interface RulesDocument {
  /** Absent when the text could not be read at all; then there is a problem that says why. */
  tree?: Tree;
  problems: Problem[];
  /** Line and column of an offset, both from 1. */
  placeOf: (offset: number) => { line: number; column: number };
}

/** Reads UTF-8 text as YAML 1.2 (core schema), strictly. Never throws. */
export function readDocument(bytes: Buffer): RulesDocument {
  const lines = new LineCounter();
  const placeOf = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const broken = (problems: Problem[]): RulesDocument => ({ problems, placeOf });
  const text = decode(bytes);
  if (text === undefined) {
    const place = invalidBytePlace(bytes);
    return {
      problems: [{ offset: 0, message: 'this is not UTF-8 text; save the file as UTF-8' }],
      placeOf: () => place,
    };
  }
  try {
    const document = parseDocument(text, {
      lineCounter: lines,
      prettyErrors: false, // its excerpts could show a secret
      uniqueKeys: false, // buildTree looks for duplicates itself, in linear time
      intAsBigInt: true, // so that an inexact whole number can be told
      schema: 'core',
      version: '1.2',
      resolveKnownTags: false,
    });
    const failures = yamlProblems([...document.errors, ...document.warnings]);
    if (failures.length > 0) return broken(failures);
    const problems: Problem[] = [];
    const tree = buildTree(document.contents, problems);
    if (tree.value === null)
      return broken([{ offset: 0, message: 'the file is empty; begin with a copy of rules.example.yaml' }]);
    return { tree, problems, placeOf };
  } catch (error) {
    if (error instanceof Unreadable) return broken([{ offset: error.offset, message: error.message }]);
    return broken([{ offset: 0, message: 'this cannot be read as YAML' }]); // a defect of the parser
  }
}

/** The text without a byte order mark; undefined when it is not UTF-8. */
function decode(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function invalidBytePlace(bytes: Buffer): { line: number; column: number } {
  const repaired = Buffer.from(bytes.toString('utf8'), 'utf8');
  let index = 0;
  while (index < bytes.length && bytes[index] === repaired[index]) index++;
  const before = bytes.subarray(0, index).toString('utf8').split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}
