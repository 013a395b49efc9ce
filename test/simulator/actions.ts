import type { Lead } from '../../src/lead.js';
import { erasePerson } from '../../src/store/leads/forget.js';
import { addSuppressions } from '../../src/store/leads/suppressions.js';
import { recoverAttempts } from '../../src/store/queue/settling.js';
import type { Fate, SimulatedProcess } from './process.js';
import { ingest, retry, serve } from './runs.js';
import { BLOCKED_DOMAIN, PERSONAS, type Tenant, type World } from './world.js';

/** New leads, of which some are bad in one way or another. */
export function newLeads(world: World, n: number, badShare: number): Lead[] {
  const { dice } = world;
  return Array.from({ length: n }, (_, index) => {
    const kind = dice.chance(badShare) ? dice.pick(['poison', 'bane', 'unsub', 'other']) : 'good';
    const domain = dice.chance(0.15) ? BLOCKED_DOMAIN : 'firm.com';
    const email = `${kind}${world.given.size + index}@${domain}`;
    return { email, persona: dice.pick(PERSONAS), custom_fields: {} };
  });
}

function anyProcess(world: World): SimulatedProcess | undefined {
  const alive = world.processes.filter(({ isAlive }) => isAlive);
  return alive[world.dice.below(alive.length)];
}

function anyGiven(world: World): { email: string; tenant: Tenant } | undefined {
  const given = [...world.given].filter(([email]) => !world.forgotten.has(email));
  const one = given[world.dice.below(given.length)];
  return one && { email: one[0], tenant: one[1].tenant };
}

async function ingestSome(world: World, tenant: Tenant): Promise<void> {
  const { dice } = world;
  const again = [...world.given].filter(([email, of]) => of.tenant === tenant && !world.forgotten.has(email));
  const known = dice.some(again, 0.1).map(([email]) => ({ email, persona: dice.pick(PERSONAS), custom_fields: {} }));
  await ingest(world, tenant, [...newLeads(world, dice.between(1, 25), dice.pick([0, 0, 0.05, 0.2])), ...known]);
}

async function forget(world: World): Promise<void> {
  const one = anyGiven(world);
  if (!one) return;
  const { store } = world;
  const find = store.db.prepare<[string, string], { id: string }>(
    'SELECT id FROM leads WHERE organization_id = ? AND email = ?',
  );
  await recoverAttempts(store);
  const lead = find.get(one.tenant.name, one.email);
  if (!lead || !(await erasePerson(store, one.tenant.name, one.email))) return;
  world.forgotten.set(one.email, { leadId: lead.id, at: world.time.ms });
  world.note(`${one.email} is forgotten`);
}

async function suppress(world: World): Promise<void> {
  const one = anyGiven(world);
  if (!one || world.suppressedAt.has(one.email)) return;
  world.suppressedAt.set(one.email, world.time.ms);
  await addSuppressions(world.store, one.tenant.name, [one.email], { reason: 'unsubscribed', source: 'the simulator' });
  world.note(`${one.email} is suppressed`);
}

/** Smartlead's weather changes. */
function turnWeather(world: World, { name, account }: Tenant): void {
  const { dice } = world;
  account.faults = dice.pick([0, 0, 0.1, 0.3, 0.9]);
  account.lies = dice.pick([0, 0, 0.1, 0.5]);
  account.deceives = dice.chance(0.1);
  account.key = dice.chance(0.07) ? 'refused' : 'well';
  account.credits = dice.chance(0.1) ? dice.between(0, 15) : Number.POSITIVE_INFINITY;
  world.isOffline = dice.chance(0.05);
  for (const campaign of account.campaigns.values()) {
    campaign.condition = dice.chance(0.8) ? 'well' : dice.pick(['missing', 'archived', 'failing']);
  }
  const conditions = [...account.campaigns].map(([id, { condition }]) => `${id} ${condition}`).join(', ');
  world.note(`${name}: ${account.faults} faults, ${account.lies} lies, key ${account.key}, ${conditions}`);
}

function changeRules(world: World, tenant: Tenant): void {
  const { dice } = world;
  const targets = PERSONAS.map((_, index) => (dice.chance(0.7) ? index : dice.below(PERSONAS.length)));
  world.changeRules(tenant, targets, dice.chance(0.3));
}

function meetFate(world: World): void {
  const { dice } = world;
  const fate = dice.pick<Fate>(['killed before', 'killed after', dice.between(1_000, 300_000)]);
  anyProcess(world)?.meetAt(dice.between(1, 12), fate);
}

type Action = (world: World, tenant: Tenant) => void | Promise<void>;

/** What may happen in a trial; an action that is there twice is twice as likely. */
const ACTIONS: readonly [Action, ...Action[]] = [
  ingestSome,
  ingestSome,
  ingestSome,
  async (world, tenant) => void (await retry(world, tenant, { now: world.dice.chance(0.7) })),
  async (world, tenant) => void (await serve(world, tenant)),
  (world) => anyProcess(world)?.kill('while it waits'),
  meetFate,
  meetFate,
  (world) => anyProcess(world)?.freeze(world.dice.between(1_000, 300_000)),
  forget,
  suppress,
  turnWeather,
  turnWeather,
  changeRules,
];

/** Something happens. */
export async function act(world: World): Promise<void> {
  const [first, ...others] = world.tenants;
  if (!first) return;
  const tenant = world.dice.pick([first, ...others]);
  await world.dice.pick(ACTIONS)(world, tenant);
}
