import { DrasonError } from '../errors.js';

/**
 * An input broke off midway: truncated gzip, a quote that never closes, damaged JSON. The rows before it stand (exit 3).
 * `line` is the 1-based line on which the unreadable part begins.
 */
export class InputBroken extends DrasonError {
  readonly file: string;
  readonly line: number;

  constructor(file: string, line: number, why: string) {
    super(3, `${file}:${line}: ${why}`, 'The rows before this line were taken; correct the file and give it again.');
    this.file = file;
    this.line = line;
  }
}
