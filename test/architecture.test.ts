import { describe, expect, test } from 'vitest';
import { findCircle, readHouse } from './helpers/house.js';

/** The ground: files right in src/ that everybody stands on. They import nothing but one another. */
const GROUND = [
  'address',
  'clean-text',
  'clock',
  'errors',
  'exact-json',
  'holds',
  'ids',
  'lead',
  'output-file',
  'output-writer',
  'private-file',
  'redact',
  'remember',
  'sqlite',
  'version',
];
/** The entry: argv in, exit code out. */
const ENTRY = ['main', 'program'];

const WORDS = ['text', 'table'];
const ROOMS = ['intake', 'store', 'health', 'routing', 'config', ...WORDS];
const DELIVERY = ['smartlead', ...ROOMS];
const RUNS = ['delivery', ...DELIVERY];
const ANSWERS = ['pipeline', ...RUNS];
const QUESTIONS = ['story', 'stats', 'alerts', 'doctor', 'reconcile'];
const DOORS = [...QUESTIONS, ...ANSWERS];

/**
 * Which rooms a room may import from, beside itself and the ground; CONTRIBUTING.md draws it. Rooms on one floor do not
 * know each other. A room that is not here fails: decide where it stands first.
 */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  entry: ['commands', 'cli'],
  commands: ['cli', 'sandbox', ...DOORS],
  server: ['admin', ...DOORS],
  admin: DOORS,
  cli: ['sandbox', ...DOORS],
  story: ANSWERS,
  stats: ANSWERS,
  alerts: ANSWERS,
  doctor: ANSWERS,
  reconcile: ANSWERS,
  pipeline: RUNS,
  delivery: ['smartlead', 'store', ...WORDS],
  smartlead: [],
  intake: WORDS,
  store: WORDS,
  health: WORDS,
  routing: WORDS,
  config: WORDS,
  table: ['text'],
  text: [],
  sandbox: [],
  ground: [],
};
/** Functions that are longer than they may be, with their lines. Take them apart, and their line here out. */
const LONG: Readonly<Record<string, number>> = {
  'admin/app.tsx buildAdminApp': 98,
  'admin/leads/lead.tsx leadRoutes': 87,
  'admin/leads/leads.tsx leadsRoutes': 78,
  'admin/pages/overview.tsx overviewRoutes': 74,
  'admin/runs/runs.tsx runRoutes': 104,
  'admin/upload/upload-view.tsx ReadingForm': 85,
  'admin/upload/upload.tsx uploadRoutes': 116,
  'cli/context.ts makeContext': 155,
  'cli/help.ts helpSettings': 84,
  'cli/why-view.ts whyText': 156,
  'commands/ingest.ts ingest': 89,
  'commands/keys.ts define': 117,
  'commands/rules.ts define': 77,
  'commands/suppress.ts define': 115,
  'config/tree.ts buildTree': 79,
  'delivery/deliver.ts deliver': 148,
  'delivery/lead-states.ts leadStates': 210,
  'pipeline/lead-service.ts startLeadService': 139,
  'pipeline/run.ts runPipeline': 110,
  'sandbox/server.ts buildSandbox': 71,
  'server/app.ts buildApp': 74,
  'server/make-engine.ts makeEngine': 135,
  'server/threaded-engine.ts startThreadedEngine': 78,
  'store/queue/settling.ts settleAttempt': 98,
  'story/hold-advice.ts holdAdvice': 144,
};
/** One command starts the service, and with it a room that no other command may look into. */
const EXCEPTIONS = ['commands/serve.ts > server'];

function roomOf(path: string): string {
  const [first = '', ...rest] = path.split('/');
  if (rest.length > 0) return first;
  const name = first.replace(/\.ts$/, '');
  return GROUND.includes(name) ? 'ground' : ENTRY.includes(name) ? 'entry' : `no room: src/${path}`;
}

describe('the house', () => {
  const files = readHouse();

  test('has no room that nobody has drawn', () => {
    expect([...new Set(files.map(({ path }) => roomOf(path)))].filter((room) => !(room in ARROWS))).toEqual([]);
  });

  test('nothing is imported against the arrows, types included', () => {
    const against = files.flatMap(({ path, imports }) =>
      imports
        .map((target) => ({ target, from: roomOf(path), to: roomOf(target) }))
        .filter(({ from, to }) => from !== to && to !== 'ground' && !ARROWS[from]?.includes(to))
        .filter(({ to }) => !EXCEPTIONS.includes(`${path} > ${to}`))
        .map(({ target }) => `${path} imports ${target}`),
    );
    expect(against).toEqual([]);
  });

  test('no file imports itself by way of others', () => {
    expect(findCircle(files)).toBeUndefined();
  });

  test('no file has more than 300 lines', () => {
    expect(files.filter(({ lines }) => lines > 300).map(({ path, lines }) => `${path}: ${lines}`)).toEqual([]);
  });

  test('no function has more than 70 lines, but for those that wait to be taken apart, which may not grow', () => {
    const long = files.flatMap(({ functions }) => functions).filter(({ name, lines }) => lines > (LONG[name] ?? 70));
    expect(long.map(({ name, lines }) => `${name}: ${lines}`)).toEqual([]);
    const known = new Map(files.flatMap(({ functions }) => functions).map(({ name, lines }) => [name, lines]));
    expect(Object.keys(LONG).filter((name) => (known.get(name) ?? 0) <= 70)).toEqual([]);
  });
});
