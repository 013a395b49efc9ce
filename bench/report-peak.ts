// Preloaded into what is measured: writes the peak of its resident memory (bytes) when it ends.
import { readFileSync, writeFileSync } from 'node:fs';

/** Linux counts what the parent had before the exec into resourceUsage(); its own status file does not. */
function peak(): number {
  try {
    const kib = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
    if (kib !== undefined) return Number(kib) * 1024;
  } catch {
    // not Linux
  }
  return process.resourceUsage().maxRSS * 1024;
}

const file = process.env.BENCH_PEAK_FILE;
if (file !== undefined) process.on('exit', () => writeFileSync(file, String(peak())));
