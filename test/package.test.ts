import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { tempDir } from './helpers/temp-dir.js';

const ROOT = join(import.meta.dirname, '..');
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');

const sbomSchema = z.object({
  bomFormat: z.literal('CycloneDX'),
  metadata: z.object({ component: z.object({ name: z.string() }) }),
  components: z.array(z.object({ purl: z.string(), licenses: z.array(z.unknown()).optional(), 'bom-ref': z.string() })),
  dependencies: z.array(z.object({ ref: z.string(), dependsOn: z.array(z.string()).optional() })),
});

describe('the package', () => {
  test('names everything it is made of, bundled and installed, with its licence', () => {
    const sbom = sbomSchema.parse(JSON.parse(read('dist/sbom.cdx.json')));
    const names = sbom.components.map(({ purl }) => purl.replace(/^pkg:npm\/|@[^@]*$/g, ''));
    expect(sbom.metadata.component.name).toBe('drason');
    expect(names).toEqual(expect.arrayContaining(['better-sqlite3', 'commander', 'zod', 'csv-parse', 'hono']));
    expect(new Set(sbom.components.map(({ purl }) => purl)).size).toBe(names.length);
    expect(sbom.components.filter(({ licenses = [] }) => licenses.length === 0)).toEqual([]);
    const root = sbom.dependencies.find(({ ref }) => ref.startsWith('pkg:npm/drason@'));
    expect(root?.dependsOn).toHaveLength(names.length);
  });

  test('brings the text of the licence of each bundled package', () => {
    const texts = read('dist/LICENSES.txt').split(`\n${'-'.repeat(80)}\n`);
    expect(texts.length).toBeGreaterThan(50);
    const short = texts.filter((text) => text.trim().split('\n').slice(1).join('').length < 300);
    expect(short).toEqual([]);
  });

  test('has neither screenshots nor sources of maps in its tarball, and is small', () => {
    const [packed] = z
      .array(z.object({ size: z.number(), files: z.array(z.object({ path: z.string() })) }))
      .parse(
        JSON.parse(execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: ROOT }).toString()),
      );
    const paths = packed?.files.map(({ path }) => path) ?? [];
    expect(paths).toEqual(
      expect.arrayContaining(['dist/main.js', 'dist/main.js.map', 'SECURITY.md', 'docs/rules.md', 'man/drason.1']),
    );
    expect(paths.filter((path) => /\.png$|^src\/|^test\//.test(path))).toEqual([]);
    expect(packed?.size).toBeLessThan(2_500_000);
    expect(read('dist/main.js.map')).not.toContain('sourcesContent');
  });

  test('--verbose names the files in src/; without it there is one line and no stack', () => {
    const cwd = tempDir();
    const run = (...flags: string[]) =>
      spawnSync(process.execPath, [join(ROOT, 'bin/drason.js'), 'rules', 'list', '--rules', 'none.yaml', ...flags], {
        cwd,
        encoding: 'utf8',
      }).stderr;
    expect(run('--verbose')).toMatch(/at .*src\/config\/\w+\.ts:\d+:\d+/);
    expect(run()).not.toMatch(/^ +at /m);
  });
});
