/** What people type by habit, brought into the form that the commands know. */

/** Words of other tools, and the commands that do what they do; the first that there is counts. */
const ELSEWHERE: Readonly<Record<string, readonly string[]>> = {
  import: ['ingest'],
  push: ['ingest'],
  upload: ['ingest'],
  load: ['ingest'],
  send: ['ingest'],
  sync: ['ingest', 'reconcile'],
  add: ['create', 'ingest'],
  new: ['create', 'init'],
  create: ['add', 'init'],
  setup: ['init'],
  list: ['leads'],
  ls: ['list', 'leads'],
  get: ['show', 'leads'],
  show: ['leads'],
  export: ['leads'],
  search: ['leads'],
  find: ['why'],
  explain: ['test', 'why'],
  log: ['audit'],
  logs: ['audit'],
  history: ['runs'],
  jobs: ['runs'],
  rerun: ['retry'],
  resume: ['retry'],
  continue: ['retry'],
  server: ['serve'],
  start: ['serve'],
  web: ['serve'],
  delete: ['remove', 'revoke', 'discard', 'forget'],
  rm: ['remove', 'revoke', 'discard', 'forget'],
  remove: ['revoke', 'discard', 'forget'],
  erase: ['forget'],
  undo: ['discard'],
  rollback: ['discard'],
  unsubscribe: ['suppress'],
  block: ['suppress'],
  blacklist: ['suppress'],
  blocklist: ['suppress'],
  check: ['lint', 'doctor'],
  validate: ['lint', 'doctor'],
  verify: ['lint', 'doctor'],
  info: ['status'],
  stats: ['status'],
  metrics: ['status'],
  settings: ['config'],
  compare: ['reconcile'],
  token: ['keys'],
  tokens: ['keys'],
  dump: ['backup'],
  mock: ['sandbox'],
};

/** The command that does what this word does elsewhere. */
export function knownElsewhere(word: string, commands: readonly string[]): string | undefined {
  const names = Object.hasOwn(ELSEWHERE, word.toLowerCase()) ? ELSEWHERE[word.toLowerCase()] : undefined;
  return names?.find((name) => commands.includes(name));
}

/** The arguments that are flags or their values: `--` ends them. */
function beforeDashes(argv: readonly string[]): readonly string[] {
  const end = argv.indexOf('--');
  return end === -1 ? argv : argv.slice(0, end);
}

/** The letters of the flags that may stand together: `-nq`, and `-qo csv`, whose last one takes a value. */
const TOGETHER = /^-([hnqvVy]+)(o.*)?$/;

/** `-nq` as `-n -q`: commander reads letters that stand together only where one command has them all. */
function apart(word: string): string[] {
  const [, letters, format] = TOGETHER.exec(word) ?? [];
  if (letters === undefined) return [word];
  return [...letters].map((letter) => `-${letter}`).concat(format === undefined ? [] : [`-${format}`]);
}

/** Whether a flag is given, by its long name or its letter. */
export function givesFlag(argv: readonly string[], long: string, letter?: string): boolean {
  return beforeDashes(argv).some((word) => word === long || (letter !== undefined && apart(word).includes(letter)));
}

/**
 * `version` is --version, and `help COMMAND`, `--help COMMAND` and `-h COMMAND` are `COMMAND --help`: commander's own
 * help goes one command deep, and knows it only behind the command.
 */
export function usualForm(argv: readonly string[]): readonly string[] {
  if (argv[0] === 'version' && argv.length === 1) return ['--version'];
  if (argv[0] === 'help') return [...argv.slice(1), '--help'];
  const flags = beforeDashes(argv).flatMap(apart);
  const asked = (word: string) => word === '--help' || word === '-h';
  if (flags.some(asked)) return [...flags.filter((word) => !asked(word)), '--help'];
  return [...flags, ...argv.slice(beforeDashes(argv).length)];
}
