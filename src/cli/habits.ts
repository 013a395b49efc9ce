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

/** Whether a flag is given, by its long name or its letter, `-qv` included. What follows `-o` is its value. */
export function givesFlag(argv: readonly string[], long: string, letter?: string): boolean {
  return beforeDashes(argv).some((word) => {
    if (word === long) return true;
    return letter !== undefined && /^-[a-zA-Z]+$/.test(word) && (word.split('o')[0] ?? '').includes(letter);
  });
}

/**
 * `version` is --version, and `help COMMAND`, `--help COMMAND` and `-h COMMAND` are `COMMAND --help`: commander's own
 * help goes one command deep, and knows it only behind the command.
 */
export function usualForm(argv: readonly string[]): readonly string[] {
  if (argv[0] === 'version' && argv.length === 1) return ['--version'];
  if (argv[0] === 'help') return [...argv.slice(1), '--help'];
  const flags = beforeDashes(argv);
  const at = flags.findIndex((word) => word === '--help' || word === '-h');
  if (at === -1 || at === argv.length - 1) return argv;
  return [...flags.slice(0, at), ...flags.slice(at + 1), '--help'];
}
