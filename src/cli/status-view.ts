import ms from 'ms';
import prettyMs from 'pretty-ms';
import type { OrganizationConfig, RateWindow } from '../config/schema.js';
import { windowTexts } from '../config/windows.js';
import { HOLD_REASONS } from '../lead.js';
import { halfReadText } from '../pipeline/half-read.js';
import { SEE_UNREAD, unreadText } from '../pipeline/unread-stops.js';
import { type NoRule, noRuleLines } from '../routing/near-miss.js';
import type { PushStats } from '../stats/push-stats.js';
import { HOLD_TEXT } from '../text/hold-reasons.js';
import { number } from '../text/wording.js';
import { labelledLines } from './labelled.js';
import { type Column, printRows } from './output.js';
import type { Terminal } from './terminal.js';

const count = (n: number, one: string, many = `${one}s`) => `${number(n)} ${n === 1 ? one : many}`;

type Success = PushStats['success']['last_24_hours'];

/** A rate as people read it. Rounded down: what is not whole must not look so. */
function percent({ proven, failed, rate }: Success): string {
  return rate === null ? '' : `${Math.floor((proven * 1000) / (proven + failed)) / 10}%`;
}

/** A span of time in two units at most; a second is as fine as it gets. */
function span(milliseconds: number): string {
  return prettyMs(Math.ceil(milliseconds / 1000) * 1000, { unitCount: 2 });
}

/** Which of the given limits is passed, on one line; undefined when none is. Where nothing was pushed there is no rate. */
export function alarmLine(
  { success, oldest_waiting: oldest }: PushStats,
  limits: { failBelow?: number | undefined; failOverAge?: number | undefined },
): string | undefined {
  const passed: string[] = [];
  const { last_24_hours: lastDay } = success;
  const { rate, proven, failed } = lastDay;
  if (limits.failBelow !== undefined && rate !== null && rate < limits.failBelow) {
    const share = `${number(proven)} of ${number(proven + failed)}`;
    const limit = `${Number((limits.failBelow * 100).toPrecision(12))}%`;
    passed.push(`${percent(lastDay)} of the pushes of the last 24 hours succeeded (${share}), less than ${limit}`);
  }
  if (limits.failOverAge !== undefined && oldest && oldest.age_ms > limits.failOverAge) {
    const { email, age_ms, hold_reason } = oldest;
    passed.push(
      `${email} has waited ${span(age_ms)} for its push (${hold_reason}), longer than ${ms(limits.failOverAge)}`,
    );
  }
  return passed.length > 0 ? passed.join('; ') : undefined;
}

function queueLines({ queue }: PushStats, limit: readonly RateWindow[]): string[] {
  const { now, in_flight, waiting_for_time, waiting_for_stop, waiting_for_person } = queue;
  const windows = windowTexts(limit).join(' and ');
  const lines: string[] = [];
  if (now.leads > 0) {
    const last = now.empty_in_ms === 0 ? 'all of them at once' : `the last in ${span(now.empty_in_ms)} at the earliest`;
    const requests = count(now.requests, 'request');
    lines.push(`${count(now.leads, 'lead')} may go now, in ${requests}, ${last} (limit ${windows})`);
  }
  if (in_flight > 0) lines.push(`${number(in_flight)} being sent`);
  if (waiting_for_time.leads > 0) {
    lines.push(
      `${number(waiting_for_time.leads)} waiting for their time; the first may go at ${waiting_for_time.first}`,
    );
  }
  if (waiting_for_stop.leads > 0) lines.push(`${number(waiting_for_stop.leads)} behind what is stopped`);
  if (waiting_for_person.leads > 0) lines.push(`${number(waiting_for_person.leads)} waiting for a person (see Held)`);
  return lines.length > 0 ? lines : ['empty'];
}

const SUCCESS_COLUMNS: Column[] = [
  { name: 'proven', heading: 'Proven' },
  { name: 'failed', heading: 'Failed' },
  { name: 'rate', heading: 'Success' },
];

function successCells(success: Success) {
  return { proven: number(success.proven), failed: number(success.failed), rate: percent(success) };
}

/** What a table may spend on a campaign's name, columns; the others need the rest of the line. */
const BESIDE_THE_NAME = 48;

function shortened(text: string, room: number): string {
  return text.length > room ? `${text.slice(0, room - 1)}…` : text;
}

async function printTables({ success }: PushStats, terminal: Terminal): Promise<void> {
  if (success.by_campaign.length > 0) {
    const room = Math.max(8, (terminal.width ?? Number.POSITIVE_INFINITY) - BESIDE_THE_NAME);
    const named = success.by_campaign.some(({ name }) => name !== null);
    const columns = [
      { name: 'campaign', heading: 'Campaign' },
      ...(named ? [{ name: 'name', heading: 'Name' }] : []),
      { name: 'waiting', heading: 'Waiting' },
      ...SUCCESS_COLUMNS,
    ];
    const rows = success.by_campaign.map(({ campaign, name, waiting, ...counts }) => ({
      campaign,
      name: shortened(name ?? '', room),
      waiting: number(waiting),
      ...successCells(counts),
    }));
    await terminal.data(`\n${terminal.colors.bold('Campaigns, last 7 days')}\n`);
    await printRows(terminal, 'table', columns, rows);
  }
  if (success.by_day.some(({ rate }) => rate !== null)) {
    const rows = success.by_day.map(({ day, ...counts }) => ({ day, ...successCells(counts) }));
    await terminal.data(`\n${terminal.colors.bold('Days (UTC)')}\n`);
    await printRows(terminal, 'table', [{ name: 'day', heading: 'Day' }, ...SUCCESS_COLUMNS], rows);
  }
}

function stopLines({ stops }: PushStats, keyAtHand: boolean): string[] {
  const lines = stops.map(({ campaign, name, why, since, tried_at, until, starts_again }) => {
    const what = campaign === null ? 'the key' : `campaign ${campaign}${name === null ? '' : ` "${name}"`}`;
    const end = until === null ? '' : ` until ${until}`;
    const tried = tried_at === since ? '' : `; last tried ${tried_at}`;
    return `${what} since ${since}${end}: ${why}; ${starts_again}${tried}`;
  });
  if (lines.length > 0 && !keyAtHand) lines.push('(no key at hand: the stops of every key in the database are shown)');
  return lines;
}

/** What is said wherever a database that was used with a stand-in is looked at. */
const REHEARSAL = 'this database was used with a local stand-in; nobody in it was sent to Smartlead itself';

const LABEL = 11;

/** Prints how an organization stands, for a person. */
export async function printStatus(
  head: {
    config: OrganizationConfig;
    rateLimit: readonly RateWindow[];
    database: string;
    sandbox: boolean;
    keyAtHand: boolean;
    noRule: NoRule;
  },
  stats: PushStats,
  terminal: Terminal,
): Promise<void> {
  const { leads, held, oldest_waiting: oldest, success } = stats;
  const { lines, add } = labelledLines(LABEL, terminal);
  const { ACTIVE, HELD, BLOCKED } = leads;
  add('Status', `organization ${head.config.organization} · ${head.database}`);
  if (head.sandbox) add('Sandbox', REHEARSAL);
  add('Leads', `${number(leads.total)}: ACTIVE ${number(ACTIVE)} · HELD ${number(HELD)} · BLOCKED ${number(BLOCKED)}`);
  const reasons = HOLD_REASONS.flatMap((reason) => {
    const n = held[reason];
    return n === undefined ? [] : [`${reason} ${number(n)}: ${HOLD_TEXT[reason]}`];
  });
  add('Held', ...reasons);
  add('No rule', ...noRuleLines(head.noRule));
  add('Queue', ...queueLines(stats, head.rateLimit));
  if (oldest) {
    const { email, age_ms, campaign, hold_reason } = oldest;
    add('Oldest', `${email} has waited ${span(age_ms)} for its push to campaign ${campaign} (${hold_reason})`);
  }
  const { proven, failed, rate } = success.last_24_hours;
  const pushed = `${percent(success.last_24_hours)} succeeded in the last 24 hours: ${number(proven)} proven, ${number(failed)} failed`;
  add('Pushes', rate === null ? 'none in the last 24 hours' : pushed);
  add('Stopped', ...stopLines(stats, head.keyAtHand));
  add('Files', ...stats.unread_inputs.map((input) => `⚠ ${halfReadText(input)}`));
  if (stats.unread_events) add('Events', `⚠ ${unreadText(stats.unread_events)}`, `see them: ${SEE_UNREAD}`);
  await terminal.data(`${lines.join('\n')}\n`);
  await printTables(stats, terminal);
}
