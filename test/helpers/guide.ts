/**
 * The examples of a guide (docs/rules.md and others), as they are run:
 *
 * - a fence `csv leads.csv` is a file of that name; those before the first example of a page are there in every section
 * - a fence `console` holds commands after `$ `, each with the output that it must have; `…` stands for anything in a
 *   line, a line of nothing else for any number of lines; `^C` is typed when what is above it has been shown
 * - a fence `crontab` holds lines of a crontab; a file NAME.service is a unit of systemd: their commands must end with 0
 *   and print nothing, which cron would mail
 * - a fence `sql` holds a query of the database
 * - a comment `<!-- stand-in: fault=500 credits=2 -->` sets how the stand-in for Smartlead behaves from there on, and
 *   `<!-- first: command -->` is run without being shown; `<!-- sql: statement -->` changes the database, for a state
 *   that only comes about when somebody else does something
 *
 * A section goes from one heading with examples under it to the next, and has a folder and a database of its own.
 */
import { type Fence, fencesOf } from './doc-examples.js';

export type Step =
  | { kind: 'file'; name: string; text: string }
  | { kind: 'command'; command: string; output: string[]; hidden: boolean; line: number }
  | { kind: 'by the clock'; command: string; line: number }
  | { kind: 'sql'; query: string; writes: boolean; line: number }
  | { kind: 'stand-in'; settings: Record<string, string> };

export interface Section {
  title: string;
  /** Its heading's line. */
  line: number;
  steps: Step[];
}

const HEADING = /^#{1,3} (.*)$/;
const COMMENT = /^<!-- (stand-in|first|sql): (.*) -->$/;

function consoleSteps(text: string, line: number): Step[] {
  const steps: Array<Extract<Step, { kind: 'command' }>> = [];
  for (const [index, shown] of text.replace(/\n$/, '').split('\n').entries()) {
    const last = steps.at(-1);
    if (shown.startsWith('$ ')) {
      steps.push({ kind: 'command', command: shown.slice(2), output: [], hidden: false, line: line + index });
    } else if (last?.command.endsWith('\\') && last.output.length === 0) {
      last.command = `${last.command}\n${shown.replace(/^> /, '')}`;
    } else last?.output.push(shown);
  }
  return steps;
}

function crontabSteps(text: string, line: number): Step[] {
  return text.split('\n').flatMap((entry, index) => {
    const command = /^(?:@\w+|\S+ \S+ \S+ \S+ \S+)\s{2,}(.*)$/.exec(entry)?.[1];
    if (command === undefined) return [];
    // In a crontab \% is a percent sign; a bare one would end the command.
    if (/(?<!\\)%/.test(command)) throw new Error(`line ${line + index}: a bare % in a crontab`);
    return { kind: 'by the clock', command: command.replaceAll('\\%', '%'), line: line + index };
  });
}

/** What a unit starts: in its folder, with %% and $$ as systemd reads them. */
function serviceSteps(text: string, line: number): Step[] {
  const [, command = ''] = /^ExecStart=(.*)$/m.exec(text) ?? [];
  const [, folder = ''] = /^WorkingDirectory=(.*)$/m.exec(text) ?? [];
  const typed = command.replace('/usr/local/bin/drason', 'drason').replaceAll('%%', '%').replaceAll('$$', '$');
  return [{ kind: 'by the clock', command: `cd ${folder} && ${typed}`, line }];
}

function fenceSteps({ language, text, ...fence }: Fence): Step[] {
  const line = fence.line + 1;
  const [kind = '', name] = language.split(' ');
  if (name?.endsWith('.service')) return serviceSteps(text, line);
  if (name !== undefined) return [{ kind: 'file', name, text }];
  if (kind === 'console') return consoleSteps(text, line);
  if (kind === 'crontab') return crontabSteps(text, line);
  if (kind === 'sql')
    return text.split(/;\n/).flatMap((query) => (query.trim() ? [{ kind: 'sql', query, writes: false, line }] : []));
  return [];
}

function commentStep(what: string, value: string, line: number): Step {
  if (what === 'sql') return { kind: 'sql', query: value, line, writes: true };
  if (what === 'first') return { kind: 'command', command: value, output: [], hidden: true, line };
  return { kind: 'stand-in', settings: Object.fromEntries(value.split(' ').map((pair) => pair.split('='))) };
}

/** The sections of a guide that have something to run. */
export function sectionsOf(markdown: string): Section[] {
  const fences = new Map(fencesOf(markdown).map((fence) => [fence.line, fence]));
  const lines = markdown.split('\n');
  const sections: Section[] = [];
  for (let line = 1; line <= lines.length; line++) {
    const fence = fences.get(line);
    const steps = sections.at(-1)?.steps;
    if (fence) {
      steps?.push(...fenceSteps(fence));
      line += fence.text.split('\n').length;
      continue;
    }
    const text = lines[line - 1] ?? '';
    const title = HEADING.exec(text)?.[1];
    if (title !== undefined) sections.push({ title, line, steps: [] });
    const [, what, value] = COMMENT.exec(text) ?? [];
    if (what !== undefined && value !== undefined) steps?.push(commentStep(what, value, line));
  }
  const runs = (section: Section) => section.steps.some(({ kind }) => kind !== 'file');
  const [first] = sections;
  const common = first && !runs(first) ? first.steps : [];
  return sections.filter(runs).map((section) => ({ ...section, steps: [...common, ...section.steps] }));
}

/** What a reader sees who has Smartlead itself: a guide is run against a stand-in, and says so wherever it can. */
export function withoutStandIn(text: string): string {
  return text
    .replaceAll(/^(?:sandbox: |Sandbox {2}|Sandbox: ).*\n/gm, '')
    .replaceAll(/not Smartlead itself: a stand-in on this machine \(\S+\) answers/g, 'answers')
    .replaceAll('by the stand-in', 'by Smartlead');
}

/** Output as it can be compared: what is another each time is masked, and columns may be of any width. */
export function masked(text: string, dir: string): string {
  return text
    .replaceAll(dir, '/srv/leads')
    .replaceAll(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\b[0-9a-f]{8}-…/g, '<id>')
    .replaceAll(/\d{4}-\d\d-\d\d[ T]\d\d:\d\d(?::\d\d(?:\.\d+)?)?Z?/g, '<time>')
    .replaceAll(/\b\d{4}-\d\d-\d\d\b/g, '<day>')
    .replaceAll(/\b\d\d:\d\d:\d\d\b/g, '<time>')
    .replaceAll(/\b\d+(?:\.\d+)?(?:ms|s)\b|\b\d+ (?:second|minute|hour)s?\b/g, '<span>')
    .replaceAll(/\b[\d,]+ bytes\b/g, '<bytes>')
    .replaceAll(/127\.0\.0\.1:\d+/g, '<server>')
    .replaceAll(/ {2,}/g, '  ')
    .replaceAll(/[ \t]+$/gm, '');
}

/** The pattern of output as a guide shows it; see the head of this file. */
export function outputPattern(shown: readonly string[]): RegExp {
  const parts = shown.map((line) => {
    if (line.trim() === '…') return '(?:.*\\n)*?';
    const pieces = masked(line, '/srv/leads')
      .split('…')
      .map((piece) => piece.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
    return `${pieces.join('.*')}\\n`;
  });
  return new RegExp(`^${parts.join('')}$`);
}
