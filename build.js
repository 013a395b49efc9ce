import { join } from 'node:path';
import { build } from 'rolldown';
import { bareMaps } from './packaging/bare-maps.js';
import { licences } from './packaging/licences.js';
import { sbom } from './packaging/sbom.js';

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
  plugins: [licences, sbom, bareMaps],
  // All in one folder: files of the package are found from there as they are from src/ (src/version.ts).
  output: {
    dir: 'dist',
    format: 'esm',
    cleanDir: true,
    chunkFileNames: '[name]-[hash].js',
    // The libraries' descriptions of their own functions are a tenth of it all.
    // For --verbose, whose stack traces name the files in src/ (src/main.ts).
    sourcemap: true,
    comments: { legal: true, annotation: false, jsdoc: false },
  },
});
