import { sqliteVersion } from '../store/engine/database-check.js';
import { supportedNode, version } from '../version.js';
import { type Finding, failed, ok } from './finding.js';

/** Whether a version such as 20.19.0 is at least another one. */
function atLeast(found: string, wanted: string): boolean {
  return found.localeCompare(wanted, 'en', { numeric: true }) >= 0;
}

/** Checks what drason runs on. */
export function checkVersions(): Finding {
  const node = process.versions.node;
  const lowest = supportedNode();
  const facts = `drason ${version()}, Node ${node} (from ${lowest} on)`;
  if (!atLeast(node, lowest)) return failed('versions', facts, `Use Node ${lowest} or newer.`);
  try {
    return ok('versions', `${facts}, SQLite ${sqliteVersion()}`);
  } catch (error) {
    // the driver is compiled for one line of Node
    const why = error instanceof Error ? error.message.split('\n', 1)[0] : String(error);
    return failed('versions', `${facts}; SQLite cannot be loaded: ${why}`, 'Install drason again with this Node.');
  }
}
