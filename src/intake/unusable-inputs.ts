import { UsageError } from '../errors.js';

/** Several inputs that cannot be used, each with its own line. */
export class UnusableInputs extends UsageError {
  constructor(of: number, errors: readonly UsageError[]) {
    const lines = errors.map(({ message, next }) => `  ${message}${next === undefined ? '' : `. ${next}`}`);
    super(`${errors.length} of ${of} files cannot be used; nothing was done\n${lines.join('\n')}`);
  }
}
