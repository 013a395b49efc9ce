import { readFileSync } from 'node:fs';

function fromPackage(entry: RegExp): string {
  return entry.exec(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))?.[1] ?? '0';
}

/** The version in package.json. */
export function version(): string {
  return fromPackage(/"version":\s*"([^"]+)"/);
}

/** The oldest Node that package.json allows, such as 20.19.0. */
export function supportedNode(): string {
  return fromPackage(/"node":\s*">=([\d.]+)"/);
}
