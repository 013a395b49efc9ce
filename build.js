import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build } from 'rolldown';

/** The folder of the package that a bundled file belongs to. */
function packageOf(file) {
  let folder = dirname(file);
  while (!existsSync(join(folder, 'package.json')) || !JSON.parse(readFileSync(join(folder, 'package.json'))).name)
    folder = dirname(folder);
  return folder;
}

/** Writes the licences of everything that was bundled into dist/LICENSES.txt. */
const licences = {
  name: 'licences',
  generateBundle() {
    const files = [...this.getModuleIds()].filter((id) => id.includes('/node_modules/') && existsSync(id));
    const texts = [...new Set(files.map(packageOf))].sort().map((folder) => {
      const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json')));
      const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
      return `${name} ${version} (${license})\n\n${file ? readFileSync(join(folder, file), 'utf8').trim() : ''}\n`;
    });
    this.emitFile({ type: 'asset', fileName: 'LICENSES.txt', source: texts.join(`\n${'-'.repeat(80)}\n\n`) });
  },
};

/**
 * dist/: drason and all it is made of in a few files, since opening hundreds of small ones is most of a start. Built
 * from here and not by rolldown's command, which lists every file whatever it is told; warnings and errors are shown.
 */
await build({
  input: {
    main: 'src/main.ts',
    'engine-thread': 'src/server/engine-thread.ts',
    'admin-thread': 'src/admin/admin-thread.ts',
  },
  logLevel: 'warn',
  platform: 'node',
  // native: it is compiled for the machine
  external: ['better-sqlite3'],
  // The same code as modules. For node, yaml offers only CommonJS, whose functions would be read twice at every start.
  resolve: { alias: { yaml: join(import.meta.dirname, 'node_modules/yaml/browser/index.js') } },
  plugins: [licences],
  // All in one folder: files of the package are found from there as they are from src/ (src/version.ts).
  output: {
    dir: 'dist',
    format: 'esm',
    cleanDir: true,
    chunkFileNames: '[name]-[hash].js',
    // The libraries' descriptions of their own functions are a tenth of it all.
    comments: { legal: true, annotation: false, jsdoc: false },
  },
});
