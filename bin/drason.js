#!/usr/bin/env node
// Before anything of dist/ is loaded, so that the stack traces that --verbose prints name the files in src/.
if (process.argv.includes('--verbose') || process.argv.includes('-v')) process.setSourceMapsEnabled(true);
const { main } = await import('../dist/main.js');

process.exitCode = await main(process.argv.slice(2), process);
