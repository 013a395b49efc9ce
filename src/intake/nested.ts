import { isRecord, toScalar } from '../exact-json.js';
import type { Scalar } from '../lead.js';
import { foldHeader } from './headers.js';

/** How many keys a path may have: `contacts[0].emails[0].email` has three. */
const MAX_KEYS = 3;
/** Keys by which an object says what it is, in order of precedence. */
const OWN_TEXT = ['name', 'value', 'label', 'title', 'text', 'display_name', 'displayName'];
const OWN_ADDRESS = ['email', 'address', 'value', 'emailAddress', 'email_address'];

/** A scalar inside an object, by its path: `organization.name`, `emails[0].is_unsubscribed`. */
export type Leaf = [path: string, value: Scalar];

/**
 * The scalars inside a field that is an object or a list of objects, of which the first counts (a second contact is
 * another person). Lists of scalars are no leaves, nor are keys that are numbers (a map by id) or `custom_fields`, which
 * stay whole; so does what lies deeper than three keys.
 */
export function leavesOf(name: string, value: unknown): Leaf[] {
  const leaves: Leaf[] = [];
  if (foldHeader(name) === 'customfields') return leaves;
  walk(name, value, 1, leaves);
  return leaves;
}

function walk(path: string, value: unknown, keys: number, leaves: Leaf[]): void {
  const list = Array.isArray(value);
  const inner: unknown = list ? value[0] : value;
  if (!isRecord(inner)) return;
  const at = list ? `${path}[0]` : path;
  for (const [key, part] of Object.entries(inner)) {
    if (/^\d+$/.test(key)) continue;
    const there = `${at}.${key}`;
    const nested = typeof part === 'object' && part !== null;
    if (nested && keys + 1 < MAX_KEYS && foldHeader(key) !== 'customfields' && hasRecord(part)) {
      walk(there, part, keys + 1, leaves);
    } else {
      const scalar = toScalar(part);
      if (scalar !== undefined) leaves.push([there, scalar]);
    }
  }
}

function hasRecord(value: unknown): boolean {
  return isRecord(Array.isArray(value) ? value[0] : value);
}

/** The value at a path such as `person.email` or `emails[1].value`; undefined where an object has none. */
export function valueAt(object: Record<string, unknown>, path: string): unknown {
  let value: unknown = object;
  for (const [, key, place] of path.matchAll(/(?:^|\.)([^.[\]]+)|\[(\d+)\]/g)) {
    if (key !== undefined) value = isRecord(value) && Object.hasOwn(value, key) ? value[key] : undefined;
    else value = Array.isArray(value) ? value[Number(place)] : undefined;
  }
  return value;
}

/** Whether a column's name is a path into nested objects. */
export function isPath(name: string): boolean {
  return /[^.]\.[^.]|\[\d+\]/.test(name);
}

/**
 * What an object says as the text of a field: its name, value or label; of a list the first. Undefined when it says
 * nothing that is text, in which case the field counts as not given.
 */
export function textInside(value: unknown): Scalar | undefined {
  const inner: unknown = Array.isArray(value) ? value[0] : value;
  if (!isRecord(inner)) return typeof inner === 'object' ? undefined : toScalar(inner);
  return firstOf(inner, OWN_TEXT);
}

/** The address an object holds; a list of addresses stays one cell, so that two of them are noticed. */
export function addressInside(value: unknown): Scalar | undefined {
  const inner: unknown = Array.isArray(value) ? value[0] : value;
  return isRecord(inner) ? firstOf(inner, OWN_ADDRESS) : toScalar(value);
}

/**
 * How many people an object lists after the one whose address is at `path`: in `contacts[0].email`, the further contacts
 * with an address. A list of addresses, such as `emails[0].value`, is one person's.
 */
export function furtherPeople(object: Record<string, unknown>, path: string): number {
  const list = /^(.*?)\[0\]\./.exec(path)?.[1];
  if (list === undefined || /(mail|address)(es|s)?$/.test(foldHeader(list))) return 0;
  const people = valueAt(object, list);
  if (!Array.isArray(people)) return 0;
  return people.slice(1).filter((one) => isRecord(one) && JSON.stringify(one).includes('@')).length;
}

/** Whether a path is that of the text of the object or list at `root`. */
export function isOwnText(path: string, root: string): boolean {
  if (!path.startsWith(root)) return false;
  const key = /^(?:\[0\])?\.?([^.[\]]*)$/.exec(path.slice(root.length))?.[1];
  return key !== undefined && (key === '' || OWN_TEXT.includes(key) || OWN_ADDRESS.includes(key));
}

function firstOf(object: Record<string, unknown>, keys: readonly string[]): Scalar | undefined {
  for (const key of keys) {
    const text = Object.hasOwn(object, key) ? object[key] : undefined;
    if (typeof text === 'number' || (typeof text === 'string' && text.trim() !== '')) return text;
  }
  return undefined;
}
