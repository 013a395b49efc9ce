#!/usr/bin/env node
// Before anything of dist/ is loaded, so that the stack traces that --verbose prints name the files in src/.
const verbose = process.argv.some((word) => word === '--verbose' || /^-[qny]*v/.test(word));
if (verbose) process.setSourceMapsEnabled(true);
const { main } = await import('../dist/main.js');

process.exitCode = await main(process.argv.slice(2), process);
