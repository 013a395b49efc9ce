import type { Check } from '../doctor/check-up.js';
import { redact } from '../redact.js';
import { printable } from '../text/wording.js';
import type { Terminal } from './terminal.js';
import { wrapped } from './wrap.js';

const NAME = 13;
const INDENT = NAME + 2;

/** One line of the check-list for a person, and what to do where something is not as it should be. */
export function checkText(
  { state, name, message, fix, organization }: Check,
  naming: boolean,
  terminal: Terminal,
): string {
  const { colors } = terminal;
  const marks = { ok: colors.green('✔'), warning: colors.yellow('⚠'), failed: colors.red('✖') };
  const text = organization !== null && naming ? `${organization}: ${message}` : message;
  // a message may have several lines, as the problems of a rules file
  const shown = (what: string) =>
    redact(printable(what))
      .split('\n')
      .map((line) => wrapped(line, INDENT, terminal))
      .join(`\n${' '.repeat(INDENT)}`);
  const line = `${marks[state]} ${colors.bold(name.padEnd(NAME))}${shown(text)}\n`;
  return fix === null ? line : `${line}${' '.repeat(INDENT)}${colors.dim(shown(`fix: ${fix}`))}\n`;
}
