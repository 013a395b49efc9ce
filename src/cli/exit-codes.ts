import { CommanderError } from 'commander';
import { DrasonError } from '../errors.js';
import { redact } from '../redact.js';
import type { Terminal } from './terminal.js';

/** The exit code of an error: 2 for a wrong command line, what drason's own errors say, 1 for anything unforeseen. */
export function exitCodeOfError(error: unknown): number {
  if (error instanceof DrasonError) return error.exitCode;
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  return isDiskFull(error) ? 75 : 1;
}

function isDiskFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOSPC';
}

/** Prints an error: what happened and what to do next; the stack only with --verbose; as one object with --json. */
export function reportError(error: unknown, terminal: Terminal): void {
  // Help that was asked for, or that commander has printed in place of a missing command.
  if (error instanceof CommanderError && (error.exitCode === 0 || error.code === 'commander.help')) return;
  const message = error instanceof Error ? error.message : String(error);
  const next = error instanceof DrasonError ? error.next : undefined;
  const foreseen = error instanceof DrasonError || error instanceof CommanderError;
  const text = foreseen ? message.replace(/^error: /, '') : `internal error: ${message}`;
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
