import type { TextSource } from './decode.js';

/** What a text is: a delimited table, lines of JSON, a JSON array, or JSON objects that span lines. */
export type Shape = 'csv' | 'ndjson' | 'array' | 'objects' | 'empty';

/** Tells the shape by the text's beginning, whatever the file is called. */
export function findShape({ head, complete }: Pick<TextSource, 'head' | 'complete'>): Shape {
  const text = head
    .subarray(0, 64 * 1024)
    .toString('utf8')
    .trimStart();
  if (text === '' && (complete || head.length > 64 * 1024)) return 'empty';
  if (/^\[\s*(?:[{["\]\d-]|true\b|false\b|null\b|$)/.test(text)) return 'array';
  if (/^\{\s*(?:["}]|$)/.test(text)) return isOneALine(text) ? 'ndjson' : 'objects';
  return 'csv';
}

/** The first line is a whole object, or the second begins one; else an object spans lines. */
function isOneALine(text: string): boolean {
  const [first = '', second] = text.split('\n', 2);
  return second === undefined || first.trimEnd().endsWith('}') || second.startsWith('{"');
}
