import { readFileSync } from 'node:fs';

/** A text file of the package itself, such as `assets/admin.css`. The bundle in dist/ lies as deep as this file in src/. */
export function packageFile(name: string): string {
  return readFileSync(new URL(`../${name}`, import.meta.url), 'utf8');
}

function fromPackage(entry: RegExp): string {
  return entry.exec(packageFile('package.json'))?.[1] ?? '0';
}

/** The version in package.json. */
export function version(): string {
  return fromPackage(/"version":\s*"([^"]+)"/);
}

/** The oldest Node that package.json allows, such as 20.19.0. */
export function supportedNode(): string {
  return fromPackage(/"node":\s*">=([\d.]+)"/);
}
