import type { Argument, Command, Option } from 'commander';
import { HEALTH_CLASSES, HOLD_REASONS, STATUSES } from '../lead.js';
import { LEAD_COLUMN_NAMES } from '../pipeline/lead-columns.js';
import { inputsText } from '../pipeline/run-words.js';
import { AUDIT_ACTIONS, AUDIT_TRIGGERS } from '../store/log/audit.js';
import { HOLD_TEXT } from '../text/hold-reasons.js';
import { shortTime } from '../text/times.js';
import { pathOf } from './command-line.js';
import type { Context } from './context.js';
import { FORMATS } from './output.js';

/** A word that the Tab key offers, and what it is. */
export interface Candidate {
  value: string;
  about: string;
}

/** Words, or whatever files there are. */
export type Offered = 'files' | readonly Candidate[];

/** What may be given for an option or an argument of a command. `typed`: as far as it is. */
export type ValueSource = (command: Command, of: Option | Argument, typed: string) => Promise<Offered>;

type Values = (context: Context, typed: string) => Promise<Offered> | Offered;

const NEWEST_RUNS = 20;

const fixed = (values: readonly string[]) => values.map((value) => ({ value, about: '' }));
const words =
  (...values: readonly string[]): Values =>
  () =>
    fixed(values);

async function runIds(context: Context): Promise<Candidate[]> {
  const store = await context.readStore();
  const { listRuns } = await import('../store/log/run-list.js');
  const found = [{ value: 'last', about: 'the newest' }];
  for await (const run of listRuns(store, context.organization().organization)) {
    if (found.length > NEWEST_RUNS) break;
    const about = `${shortTime(run.startedAt) ?? ''} ${run.command} ${inputsText(run.inputs)}`.trim();
    found.push({ value: run.id, about });
  }
  return found;
}

/** Those that the rules name, with Smartlead's name for them where it is known, else whom they take. */
async function campaigns(context: Context): Promise<Candidate[]> {
  const { organization, rules } = context.organization();
  const store = await context.openExistingStore().catch(() => undefined);
  const { campaignNames } = await import('../store/rosters/campaigns.js');
  const names = store ? await campaignNames(store, organization) : new Map<string, string>();
  const ids = new Set([...rules.map(({ target_campaign_id }) => target_campaign_id), ...names.keys()]);
  return [...ids].map((id) => {
    const rule = rules.find(({ target_campaign_id }) => target_campaign_id === id);
    return { value: id, about: names.get(id) ?? [rule?.persona ?? []].flat().join(', ') };
  });
}

function personas(context: Context): Candidate[] {
  const all = context.organization().rules.flatMap(({ persona }) => persona);
  return fixed([...new Set(all)].filter((persona) => persona !== '*'));
}

async function keyIds(context: Context): Promise<Candidate[]> {
  const store = await context.readStore();
  const { listApiKeys } = await import('../store/settings/api-keys.js');
  const keys = await listApiKeys(store, context.organization().organization);
  return keys.filter((key) => key.revokedAt === null).map(({ id, name }) => ({ value: id, about: name }));
}

/** The last of several names with commas between them. */
function columns(_context: Context, typed: string): Candidate[] {
  const before = typed.slice(0, typed.lastIndexOf(',') + 1);
  return fixed(LEAD_COLUMN_NAMES.map((name) => before + name));
}

/** By the flag, or the command and its argument. What takes a file says `<file>`. */
const VALUES: Readonly<Record<string, Values>> = {
  '--format': words(...FORMATS),
  '--status': words(...STATUSES),
  '--reason': () => HOLD_REASONS.map((reason) => ({ value: reason, about: HOLD_TEXT[reason] })),
  '--health': words(...HEALTH_CLASSES),
  '--campaign': campaigns,
  '--run': runIds,
  '--persona': personas,
  '--columns': columns,
  '--action': words(...AUDIT_ACTIONS),
  '--trigger': words(...AUDIT_TRIGGERS),
  '--on-existing': words('update', 'skip'),
  '--delimiter': words('comma', 'semicolon', 'tab', 'pipe'),
  '--encoding': words('utf-8', 'utf-16le', 'windows-1252', 'iso-8859-1'),
  '--org': (context) => fixed([...context.rulesFile().organizations.keys()]),
  'drason runs show id': runIds,
  'drason runs discard id': runIds,
  'drason keys revoke id': keyIds,
};

/** {@link ValueSource} that reads the rules file and the database; what cannot be read offers nothing. */
export function valuesFrom(context: Context): ValueSource {
  return async (command, of, typed) => {
    const isOption = 'long' in of;
    const name = isOption ? of.long : `${pathOf(command)} ${of.name()}`;
    const values = name === null || name === undefined ? undefined : VALUES[name];
    if (!values) return (isOption ? /<file>/.test(of.flags) : /^files?$/.test(of.name())) ? 'files' : [];
    try {
      return await values(context, typed);
    } catch {
      return [];
    }
  };
}
