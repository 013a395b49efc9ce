/**
 * The errors drason raises on purpose. Each knows its exit code (docs/contract.md) and, where there is one, the next
 * step, which is printed after the message. Messages are one line and never hold a secret.
 */
export class DrasonError extends Error {
  readonly exitCode: number;
  readonly next: string | undefined;

  constructor(exitCode: number, message: string, next?: string) {
    super(message);
    this.name = new.target.name;
    this.exitCode = exitCode;
    this.next = next;
  }
}

/** The command line, the rules file or the input as a whole cannot be used: exit 2, nothing was done. */
export class UsageError extends DrasonError {
  constructor(message: string, next?: string) {
    super(2, message, next);
  }
}

/** A place in a text file, counted from 1. */
export interface Place {
  file: string;
  line: number;
  column: number;
}

/** Something in the rules file is wrong: exit 2. The message begins with file:line:column where that is known. */
export class RulesFileError extends DrasonError {
  constructor(message: string, place?: Place, next?: string) {
    super(2, place ? `${place.file}:${place.line}:${place.column}: ${message}` : message, next);
  }
}

/** The database is damaged, foreign, newer, read-only or missing: exit 2. */
export class DatabaseError extends DrasonError {
  constructor(message: string, next?: string) {
    super(2, message, next);
  }
}

/** Something on this machine is in the way for now, such as a locked database or a full disk: exit 75. */
export class TemporaryError extends DrasonError {
  constructor(message: string, next?: string) {
    super(75, message, next);
  }
}

/** Every exit code in a few words; docs/contract.md has the long ones. */
export const EXIT_CODES: ReadonlyArray<readonly [codes: string, meaning: string]> = [
  ['0', 'done'],
  ['1', 'internal error'],
  ['2', 'the command line, rules file, database or input cannot be used; nothing was done'],
  ['3', 'finished, but something needs attention'],
  ['4', 'the key is missing or refused'],
  ['5', 'Smartlead cannot be reached, or its limit or credits are used up; all work is saved'],
  ['6', '--max-errors was exceeded; nothing was stored or pushed'],
  ['75', 'something on this machine is in the way for now; try again'],
  ['129, 130, 143', 'interrupted; all work is saved'],
];

/** An exit code in words. */
export function exitWords(code: number): string {
  return EXIT_CODES.find(([codes]) => codes.split(', ').includes(String(code)))?.[1] ?? `exit code ${code}`;
}
