/** A rules file, read strictly: either all of it is understood, or every problem is named with its place. */
import { homedir } from 'node:os';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import type { z } from 'zod';
import { RulesFileError, UsageError } from '../errors.js';
import { didYouMean } from '../text/wording.js';
import { type RulesDocument, readDocument } from './document.js';
import { findEntry, issueProblems } from './issues.js';
import { readCapped, systemReason } from './read-capped.js';
import {
  ORGANIZATION_KEYS,
  type OrganizationConfig,
  type ParsedOrganization,
  severalFile,
  singleFile,
} from './schema.js';
import type { Problem, Tree } from './tree.js';

const MAX_BYTES = 256 * 1024;
const MAX_SHOWN = 20;

export interface RulesFile {
  /** Absolute. */
  path: string;
  /** Absolute. */
  database?: string;
  /** The administrator's pages: the variable that holds the hash of the password. */
  admin?: { passwordHashEnv: string };
  /** The HTTP service: the addresses it is reached by. */
  serve?: { publicUrls: string[] };
  /** In the file's order; never empty. */
  organizations: Map<string, OrganizationConfig>;
  /** One line each, with its place. */
  warnings: string[];
  /**
   * The line, from 1, on which the file sets something of an organization, such as `['smartlead', 'batch_size']`;
   * undefined where the default holds. Keys as in the file.
   */
  lineOf: (organization: string, path: readonly (string | number)[]) => number | undefined;
  /** The same for what the file sets as a whole: `database`, `organizations`. */
  lineOfFile: (key: string) => number | undefined;
}

/** Reads and checks a rules file. Throws a RulesFileError that names up to 20 problems, a line each. */
export function loadRulesFile(path: string): RulesFile {
  const file = resolve(path);
  const shown = shortPath(file);
  const document = readDocument(readBytes(file, shown));
  const { tree, problems } = document;
  if (!tree) throw failure(shown, document, problems);

  const several = tree.entries.has('organizations');
  const found = several ? checkSeveral(tree, problems) : checkSingle(tree, problems);
  if (!found || problems.length > 0) throw failure(shown, document, problems);

  const pathOf = (organization: string) => (several ? ['organizations', organization] : []);
  const lineAt = (path: readonly (string | number)[]) => {
    const entry = findEntry(tree, path);
    return entry && document.placeOf(entry.keyOffset).line;
  };
  const lineOf: RulesFile['lineOf'] = (organization, key) => lineAt([...pathOf(organization), ...key]);
  const lineOfFile: RulesFile['lineOfFile'] = (key) => lineAt([key]);
  const organizations = new Map<string, OrganizationConfig>();
  const warnings: string[] = [];
  for (const [name, parsed] of found.organizations) {
    const line = (list: string, index: number) => lineOf(name, [list, index]) ?? 1;
    const rules = parsed.rules.map((rule, i) => ({ ...rule, line: line('rules', i) }));
    const tests = parsed.tests.map((test, i) => ({ ...test, line: line('tests', i) }));
    const { custom_fields: customFields, fields: named, ...others } = parsed;
    const { unsubscribed, bounced, verifier, ignore, ...fields } = named;
    const signFields = {
      unsubscribed: [unsubscribed ?? []].flat(),
      bounced: [bounced ?? []].flat(),
      verifier: [verifier ?? []].flat(),
      ignore: [ignore ?? []].flat(),
    };
    organizations.set(name, { ...others, organization: name, fields, signFields, customFields, rules, tests });
    if (rules.length === 0) {
      const offset = findEntry(tree, [...pathOf(name), 'rules'])?.keyOffset ?? 0;
      const message = `no rules for ${name}: every lead will wait in the holding pool`;
      warnings.push(placed(shown, document, { offset, message }));
    }
  }
  const database = found.database === undefined ? {} : { database: resolve(dirname(file), expandHome(found.database)) };
  const admin = found.admin ? { admin: found.admin } : {};
  const serve = found.serve ? { serve: found.serve } : {};
  return { path: file, ...database, ...admin, ...serve, organizations, warnings, lineOf, lineOfFile };
}

/** The organization to work for. Throws a UsageError for an unknown one, and when one of several must be named. */
export function pickOrganization(file: RulesFile, asked?: string): OrganizationConfig {
  const names = [...file.organizations.keys()];
  const [only, ...others] = file.organizations.values();
  const list = names.slice(0, MAX_SHOWN).join(', ') + (names.length > MAX_SHOWN ? ', …' : '');
  if (asked !== undefined && asked !== '') {
    const config = file.organizations.get(asked);
    if (config) return config;
    const suggestion = didYouMean(asked, names) || `; known: ${list}`;
    throw new UsageError(`The rules file has no organization "${asked}"${suggestion}`);
  }
  if (only && others.length === 0) return only;
  throw new UsageError(`The rules file has several organizations: ${list}`, 'Name one with --org or DRASON_ORG.');
}

interface Found {
  database?: string | undefined;
  admin?: RulesFile['admin'] | undefined;
  serve?: RulesFile['serve'] | undefined;
  organizations: [string, ParsedOrganization][];
}

function checkSingle(tree: Tree, problems: Problem[]): Found | undefined {
  const result = singleFile.safeParse(tree.value);
  if (!result.success) return refuse(result.error, tree, problems);
  const { database, admin, serve, organization, ...parsed } = result.data;
  return { database, admin, serve, organizations: [[organization, parsed]] };
}

function checkSeveral(tree: Tree, problems: Problem[]): Found | undefined {
  for (const [key, entry] of tree.entries) {
    const inside = ORGANIZATION_KEYS.includes(String(key));
    if (!inside && key !== 'organization') continue;
    const message = inside
      ? `"${key}" belongs inside an organization when the file has "organizations"`
      : '"organization" is for a file with one; the names under "organizations" are used here';
    problems.push({ offset: entry.keyOffset, message });
  }
  const result = severalFile.safeParse(tree.value);
  if (!result.success) return refuse(result.error, tree, problems);
  const { database, admin, serve, organizations } = result.data;
  // the tree knows the file's order; an object puts names that are numbers first
  const names = [...(findEntry(tree, ['organizations'])?.tree.entries.keys() ?? [])].map(String);
  const ordered = names.flatMap((name): Found['organizations'] => {
    const parsed = organizations[name];
    return parsed ? [[name, parsed]] : [];
  });
  return { database, admin, serve, organizations: ordered };
}

/** Adds what zod found, save where something was said already. */
function refuse(error: z.ZodError, tree: Tree, problems: Problem[]): undefined {
  const said = new Set(problems.map((problem) => problem.offset));
  for (const issue of error.issues) {
    for (const problem of issueProblems(issue, tree)) if (!said.has(problem.offset)) problems.push(problem);
  }
}

function placed(shown: string, document: RulesDocument, { offset, message }: Problem): string {
  const { line, column } = document.placeOf(offset);
  return `${shown}:${line}:${column}: ${message}`;
}

function failure(shown: string, document: RulesDocument, problems: Problem[]): RulesFileError {
  const ordered = problems.toSorted((a, b) => a.offset - b.offset);
  const lines = [...new Set(ordered.map((problem) => placed(shown, document, problem)))];
  const more = lines.length > MAX_SHOWN ? [`… and ${lines.length - MAX_SHOWN} more`] : [];
  return new RulesFileError([...lines.slice(0, MAX_SHOWN), ...more].join('\n'));
}

function readBytes(file: string, shown: string): Buffer {
  let bytes: Buffer | undefined;
  try {
    bytes = readCapped(file, MAX_BYTES);
  } catch (error) {
    throw new RulesFileError(`${shown}: the rules file cannot be read: ${systemReason(error)}`);
  }
  if (!bytes) throw new RulesFileError(`${shown}: the rules file is larger than ${MAX_BYTES / 1024} KB`);
  return bytes;
}

/** Relative to the working directory where it lies inside, as people know it. */
export function shortPath(file: string): string {
  const short = relative(process.cwd(), file);
  return short === '' || short === '..' || short.startsWith(`..${sep}`) || isAbsolute(short) ? file : short;
}

/** A leading ~ is the home directory, as in a shell. */
function expandHome(path: string): string {
  return path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : path;
}
