import { z } from 'zod';
import type { HoldReason } from '../../lead.js';
import { read, type StoreContext } from '../engine/context.js';
import { isAlive } from '../engine/owner.js';
import type { Run } from './runs.js';

/** What a run counted when it ended, as far as it says so (docs/contract.md). */
const sumsSchema = z.object({
  rows: z.number(),
  below_table: z.number().catch(0),
  further_contacts: z.number().catch(0),
  outcomes: z.object({
    active: z.number(),
    already_active: z.number(),
    held: z.number(),
    unassigned: z.number(),
    blocked: z.number(),
    duplicate: z.number(),
    rejected: z.number(),
  }),
  requests: z.number().catch(0),
  health: z.object({ green: z.number(), yellow: z.number(), red: z.number() }).optional().catch(undefined),
  campaigns: z.record(z.string(), z.object({ active: z.number(), held: z.number() })).catch({}),
  elsewhere: z.record(z.string(), z.number()).catch({}),
  sandbox: z.boolean().catch(false),
  problems: z.array(z.string()).catch([]),
});
const unreadSchema = z.array(z.string()).nullable();
type RunSums = z.infer<typeof sumsSchema>;

/**
 * `ended` by itself, at work (`running`), `died` without ending, or begun on another machine (`elsewhere`), from where
 * nobody can tell whether it is still at work.
 */
type RunState = 'ended' | 'running' | 'died' | 'elsewhere';

export interface ListedRun extends Run {
  inputs: unknown;
  host: string;
  state: RunState;
  endedAt: string | null;
  exitCode: number | null;
  /** Absent while it has not ended. */
  sums: RunSums | undefined;
  /** Inputs that were not read to their end, or not yet; null for a run that reads none. */
  unread: string[] | null;
  /** Leads that it took in last and that are HELD now, by reason. */
  heldNow: Partial<Record<HoldReason, number>>;
  /** When `drason runs discard` took it back. */
  discardedAt: string | null;
}

interface RunRow {
  seq: number;
  id: string;
  organization_id: string;
  command: Run['command'];
  inputs: string;
  host: string;
  boot_id: string;
  pid: number;
  process_started: string;
  started_at: string;
  ended_at: string | null;
  exit_code: number | null;
  summary: string | null;
  unread: string | null;
}

function stateOf(row: RunRow): RunState {
  if (row.ended_at !== null) return 'ended';
  const owner = { host: row.host, bootId: row.boot_id, pid: row.pid, processStarted: row.process_started };
  const alive = isAlive(owner);
  if (alive === undefined) return 'elsewhere';
  return alive ? 'running' : 'died';
}

function parseOr(text: string | null): unknown {
  try {
    return text === null ? null : JSON.parse(text);
  } catch {
    return null;
  }
}

function toRun({ db }: StoreContext, row: RunRow): ListedRun {
  const held = db
    .prepare<[number], { reason: HoldReason; n: number }>(
      `SELECT hold_reason AS reason, count(*) AS n FROM leads WHERE run_seq = ? AND hold_reason IS NOT NULL
       GROUP BY hold_reason`,
    )
    .all(row.seq);
  const discarded = db
    .prepare<[string], string>(
      "SELECT created_at FROM audit_logs WHERE entity_id = ? AND entity = 'run' AND action = 'discarded' ORDER BY id DESC",
    )
    .pluck();
  return {
    seq: row.seq,
    id: row.id,
    organization: row.organization_id,
    command: row.command,
    startedAt: row.started_at,
    inputs: parseOr(row.inputs),
    host: row.host,
    state: stateOf(row),
    endedAt: row.ended_at,
    exitCode: row.exit_code,
    sums: sumsSchema.safeParse(parseOr(row.summary)).data,
    unread: unreadSchema.parse(parseOr(row.unread)),
    heldNow: Object.fromEntries(held.map(({ reason, n }) => [reason, n])),
    discardedAt: discarded.get(row.id) ?? null,
  };
}

/** The run of an organization with this id. */
export async function findRun(store: StoreContext, organization: string, id: string): Promise<ListedRun | undefined> {
  return read(store, () => {
    const row = store.db
      .prepare<[string, string], RunRow>('SELECT * FROM runs WHERE id = ? AND organization_id = ?')
      .get(id, organization);
    return row && toRun(store, row);
  });
}

/**
 * The ids of an organization's runs that begin so, three at most; the one that is the whole id where there is one; the
 * newest for `last`.
 */
export async function runIdsLike(store: StoreContext, organization: string, word: string): Promise<string[]> {
  return read(store, () => {
    const ids = (where: string, value: string) =>
      store.db
        .prepare<[string, string], string>(`SELECT id FROM runs WHERE organization_id = ? AND ${where}`)
        .pluck()
        .all(organization, value);
    if (word === 'last') return ids("? = 'last' ORDER BY seq DESC LIMIT 1", word);
    const whole = ids('id = ?', word);
    return whole.length > 0 || word === '' ? whole : ids('instr(id, ?) = 1 ORDER BY seq DESC LIMIT 3', word);
  });
}

const PAGE = 100;

/**
 * The runs of an organization that began at or after `since` (ISO 8601 UTC), newest first; those before the run whose
 * `seq` is `before`.
 */
export async function* listRuns(
  store: StoreContext,
  organization: string,
  since?: string,
  before = Number.MAX_SAFE_INTEGER,
): AsyncGenerator<ListedRun> {
  const find = store.db.prepare<[string, number, string | null, string | null, number], RunRow>(
    `SELECT * FROM runs WHERE organization_id = ? AND seq < ? AND (? IS NULL OR started_at >= ?)
     ORDER BY seq DESC LIMIT ?`,
  );
  let below = before;
  for (;;) {
    const page = read(store, () => find.all(organization, below, since ?? null, since ?? null, PAGE));
    for (const row of page) yield read(store, () => toRun(store, row));
    const last = page.at(-1);
    if (!last) return;
    below = last.seq;
  }
}
