import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');

const readJson = (...path) => JSON.parse(readFileSync(join(...path), 'utf8'));

/** drason's own package.json. */
export const own = readJson(ROOT, 'package.json');

/** A package by its folder: where it is, and what its package.json says. */
const packageIn = (folder) => ({ folder, about: readJson(folder, 'package.json') });

/** The package that a bundled file belongs to: packages may have nameless package.json files further down. */
function packageOf(file) {
  let folder = dirname(file);
  while (!existsSync(join(folder, 'package.json')) || !readJson(folder, 'package.json').name) folder = dirname(folder);
  return folder;
}

/** The packages that the bundle is made of, by the ids of its modules, in the order of their folders. */
export function bundledPackages(moduleIds) {
  const files = moduleIds.filter((id) => id.includes('/node_modules/') && existsSync(id));
  return [...new Set(files.map(packageOf))].sort().map(packageIn);
}

/** The packages that npm installs beside drason: what package-lock.json does not keep for development. */
export function installedPackages() {
  const { packages } = readJson(ROOT, 'package-lock.json');
  return Object.entries(packages)
    .filter(([path, entry]) => path !== '' && !entry.dev && existsSync(join(ROOT, path)))
    .map(([path]) => packageIn(join(ROOT, path)));
}
