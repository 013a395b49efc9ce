import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { expect, test } from 'vitest';
import { EXIT_CODES } from '../src/errors.js';
import { HOLD_REASONS } from '../src/lead.js';
import { migrate } from '../src/store/engine/migrations.js';
import { fencesOf } from './helpers/doc-examples.js';
import { ROOT } from './helpers/run-cli.js';

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const PAGES = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

/** A page without its fenced blocks, in which nothing is a heading or a link. */
function proseOf(page: string): string {
  const lines = read(page).split('\n');
  for (const { line, text } of fencesOf(lines.join('\n'))) lines.fill('', line - 1, line + text.split('\n').length - 1);
  return lines.join('\n');
}

/** The headings of a page, without the marks of code. */
const headingsOf = (page: string) =>
  [...proseOf(page).matchAll(/^#+ (.*)$/gm)].map(([, text = '']) => text.replaceAll('`', ''));

/** The anchors of a page's headings, as GitHub makes them; a heading that comes again gets a number. */
function anchorsOf(page: string): Set<string> {
  const anchors = new Set<string>();
  for (const heading of headingsOf(page)) {
    const slug = heading
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-');
    let anchor = slug;
    for (let n = 1; anchors.has(anchor); n++) anchor = `${slug}-${n}`;
    anchors.add(anchor);
  }
  return anchors;
}

test.each(PAGES)('every link of %s leads to a file, and a heading, that is there', (page) => {
  const links = [...proseOf(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
  for (const link of links.filter((one) => !/^[a-z]+:/.test(one))) {
    const [path = '', anchor] = link.split('#');
    const target = path === '' ? page : relative(ROOT, resolve(ROOT, dirname(page), path));
    expect(existsSync(join(ROOT, target)), `${page}: ${link}`).toBe(true);
    if (anchor !== undefined) expect([...anchorsOf(target)], `${page}: ${link}`).toContain(anchor);
  }
});

test('docs/support.md has a section for every hold reason and every exit code, in the order of the contract', () => {
  const headings = headingsOf('docs/support.md');
  expect(headings.filter((heading) => /^[a-z_]+$/.test(heading))).toEqual([...HOLD_REASONS]);
  const codes = headings.flatMap((heading) => /^Exit codes? ([\d, ]+)$/.exec(heading)?.[1] ?? []);
  expect(codes).toEqual(EXIT_CODES.map(([code]) => code));
});

test('docs/data.md names every table of the database, and every column of a lead that comes from a file', () => {
  const db = new BetterSqlite3(':memory:');
  migrate(db, ':memory:');
  const names = (sql: string) => db.prepare<[], string>(sql).pluck().all();
  const tables = names("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'");
  const columns = names("SELECT name FROM pragma_table_info('leads')");
  db.close();
  const page = read('docs/data.md');
  const named = new Set([...page.matchAll(/`([a-z_]+)`/g)].map(([, name]) => name));
  expect(tables.filter((name) => !named.has(name))).toEqual([]);
  const fromFiles = columns.slice(columns.indexOf('email'), columns.indexOf('status'));
  expect(fromFiles.length).toBeGreaterThan(10);
  expect(fromFiles.filter((name) => !named.has(name))).toEqual([]);
});
