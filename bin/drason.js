#!/usr/bin/env node
// Before anything of dist/ is loaded, so that the stack traces that --verbose prints name the files in src/.
const verbose = process.argv.some((word) => word === '--verbose' || /^-[qny]*v/.test(word));
if (verbose) process.setSourceMapsEnabled(true);
/** Node reads the files of dist/ all at once: with very few open files allowed it fails before drason begins. */
function tellOfOpenFiles(error) {
  if (error?.code !== 'EMFILE' && error?.code !== 'ENFILE') throw error;
  process.stderr.write(
    'drason: this process has too many open files\nRaise the limit (ulimit -n 256), then try again.\n',
  );
  process.exit(75);
}

const { main } = await import('../dist/main.js').catch(tellOfOpenFiles);

process.exitCode = await main(process.argv.slice(2), process);
