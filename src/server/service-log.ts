import type { Writable } from 'node:stream';
import { type Logger, pino, stdTimeFunctions } from 'pino';
import { redact } from '../redact.js';

/** The service's log: a JSON object a line, without secrets whatever is logged. */
export function makeLog(out: Writable, verbose: boolean): Logger {
  const options = {
    level: verbose ? 'debug' : 'info',
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (level: string) => ({ level }) },
  };
  return pino(options, { write: (line: string) => void out.write(redact(line)) });
}
