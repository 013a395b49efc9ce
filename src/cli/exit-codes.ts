import { CommanderError } from 'commander';
import { DrasonError, TemporaryError } from '../errors.js';
import { redact } from '../redact.js';
import type { Terminal } from './terminal.js';

/** The exit code of an error: what drason's own errors say, 1 for anything unforeseen. */
export function exitCodeOfError(error: unknown): number {
  if (error instanceof DrasonError) return error.exitCode;
  if (error instanceof CommanderError) return error.exitCode;
  return isDiskFull(error) || hasTooManyFiles(error) ? 75 : 1;
}

/** The limit of open files may be met anywhere, even where drason's own files are opened. */
function hasTooManyFiles(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'EMFILE' || error.code === 'ENFILE');
}

function foresee(error: unknown): unknown {
  return hasTooManyFiles(error)
    ? new TemporaryError('this process has too many open files', 'Raise the limit (ulimit -n 256), then try again.')
    : error;
}

function isDiskFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOSPC';
}

/** Prints an error: what happened and what to do next; the stack only with --verbose; as one object with --json. */
export function reportError(thrown: unknown, terminal: Terminal): void {
  const error = foresee(thrown);
  // Help or the version, which were asked for.
  if (error instanceof CommanderError) return;
  const message = error instanceof Error ? error.message : String(error);
  const next = error instanceof DrasonError ? error.next : undefined;
  const foreseen = error instanceof DrasonError;
  const text = foreseen ? message : `internal error: ${message}`;
  if (terminal.json) {
    const body = { schema: 1, error: { message: redact(text), next: next ?? null }, exit_code: exitCodeOfError(error) };
    void terminal.data(`${JSON.stringify(body)}\n`);
  }
  terminal.warn(`drason: ${text}`);
  if (next !== undefined) terminal.warn(next);
  else if (!foreseen)
    terminal.warn('This is a fault of drason. Run it again with --verbose and report what it prints.');
  if (terminal.verbose && error instanceof Error && error.stack) terminal.warn(error.stack);
}
