import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundledPackages } from './packages.js';

/** Packages whose tarball has no licence text, and the file in licences/ that has it. */
const ELSEWHERE = { '@hono/zod-openapi': 'hono.txt', '@hono/zod-validator': 'hono.txt', saxes: 'saxes.txt' };

/** The licence of a package, with its notices, as its author wrote it. Throws when there is none. */
function licenceOf({ folder, about }) {
  const files = readdirSync(folder).filter((entry) => /^(licen[cs]e|copying|notice)/i.test(entry));
  const texts = files.map((file) => readFileSync(join(folder, file), 'utf8').trim());
  const kept = ELSEWHERE[about.name];
  if (!files.some((file) => !/^notice/i.test(file)) && kept !== undefined) {
    texts.push(readFileSync(join(import.meta.dirname, 'licences', kept), 'utf8').trim());
  }
  if (texts.join('').length < 100) {
    throw new Error(
      `${about.name} ${about.version} comes without the text of its licence (${about.license}): put it into packaging/licences and name it in packaging/licences.js`,
    );
  }
  return `${about.name} ${about.version} (${about.license})\n\n${texts.join('\n\n')}\n`;
}

/** Writes the licences of everything that was bundled into dist/LICENSES.txt; one that is missing fails the build. */
export const licences = {
  name: 'licences',
  generateBundle() {
    const texts = bundledPackages([...this.getModuleIds()]).map(licenceOf);
    this.emitFile({ type: 'asset', fileName: 'LICENSES.txt', source: texts.join(`\n${'-'.repeat(80)}\n\n`) });
  },
};
