import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import ts from 'typescript';

const SRC = join(import.meta.dirname, '../../src');

export interface SourceFile {
  /** Its path inside src/. */
  path: string;
  lines: number;
  /** The files of src/ that it imports, types included. */
  imports: string[];
  /** Its functions that have a name, with their length in lines. */
  functions: Array<{ name: string; lines: number }>;
}

/** The files that an import may mean: TypeScript is imported under the name of what it becomes. */
function targetOf(from: string, specifier: string, known: ReadonlySet<string>): string | undefined {
  const path = relative(SRC, resolve(dirname(join(SRC, from)), specifier));
  const stem = path.replace(/\.js$/, '');
  return [path, `${stem}.ts`, `${stem}.tsx`].find((candidate) => known.has(candidate));
}

function readSource(path: string, known: ReadonlySet<string>): SourceFile {
  const text = readFileSync(join(SRC, path), 'utf8');
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const imports: string[] = [];
  const functions: SourceFile['functions'] = [];
  const lineOf = (position: number) => source.getLineAndCharacterOfPosition(position).line + 1;
  const note = (specifier: string) => {
    const target = specifier.startsWith('.') ? targetOf(path, specifier, known) : undefined;
    if (target !== undefined) imports.push(target);
  };
  const visit = (node: ts.Node) => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) {
      if (node.moduleSpecifier && ts.isStringLiteral(node.moduleSpecifier)) note(node.moduleSpecifier.text);
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const [specifier] = node.arguments;
      if (specifier && ts.isStringLiteral(specifier)) note(specifier.text);
    } else if (ts.isFunctionLike(node) && 'body' in node && node.body) {
      const first = lineOf(node.getStart(source));
      const lines = lineOf(node.end) - first + 1;
      if (node.name) functions.push({ name: `${path} ${node.name.getText(source)}`, lines });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return { path, lines: text.trimEnd().split('\n').length, imports, functions };
}

/** Every source file of src/, with what it imports. */
export function readHouse(): SourceFile[] {
  const paths = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((path) => /\.tsx?$/.test(path));
  const known = new Set(paths);
  return paths.sort().map((path) => readSource(path, known));
}

/** A circle among files, as the paths along it; undefined when there is none. */
export function findCircle(files: readonly SourceFile[]): string[] | undefined {
  const imports = new Map(files.map((file) => [file.path, file.imports]));
  const done = new Set<string>();
  const walk = (path: string, trail: readonly string[]): string[] | undefined => {
    if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path];
    if (done.has(path)) return undefined;
    for (const next of imports.get(path) ?? []) {
      const circle = walk(next, [...trail, path]);
      if (circle) return circle;
    }
    done.add(path);
    return undefined;
  };
  for (const { path } of files) {
    const circle = walk(path, []);
    if (circle) return circle;
  }
  return undefined;
}
