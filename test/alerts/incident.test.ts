import { expect, test } from 'vitest';
import { alertText } from '../../src/alerts/alert.js';
import { nextIncident, SENDING_MS } from '../../src/alerts/incident.js';
import type { Signs } from '../../src/alerts/trouble.js';
import { isoTime } from '../../src/clock.js';
import type { Incident } from '../../src/store/log/incidents.js';
import type { Stop, StopReason } from '../../src/store/queue/stops.js';

const MINUTE = 60_000;
const START = Date.parse('2026-03-01T02:00:00.000Z');
const ALERTS = { failureRate: 0.2, windowMs: 60 * MINUTE };

function signsAt(minute: number, signs: Partial<Signs> = {}): Signs {
  const at = START + minute * MINUTE;
  return { at, proven: 0, failed: 0, held: {}, waiting: 0, stops: [], unsettled: false, ...signs };
}

function stop(reason: StopReason, more: Partial<Stop> = {}): Stop {
  const since = isoTime(START);
  const stands = { since, triedAt: since, until: null, leftMs: null };
  return { id: 1, campaignId: '', reason, message: 'of jo@example.com', ...stands, ...more };
}

/** Looks again and again; each message arrives unless `arrives` says no. Gives the messages with their minutes. */
function watch(looks: readonly Signs[], arrives = (_at: number) => true) {
  const told: Array<[minute: number, tell: string]> = [];
  let known: Incident | undefined;
  for (const signs of looks) {
    const step = nextIncident(known, signs, ALERTS);
    if (!step) continue;
    known = step.incident;
    if (!step.tell) continue;
    known = { ...known, sendingUntil: null };
    if (!arrives(signs.at)) continue;
    told.push([(signs.at - START) / MINUTE, step.tell]);
    known = step.tell === 'began' ? { ...known, beganToldAt: 'then' } : { ...known, endedToldAt: 'then' };
  }
  return { told, known };
}

/**
 * Smartlead is down from minute 5 to 65: stops come and go, the key answers 401 once, credits are gone once, and leads are
 * given up.
 */
function outageOfAnHour(minute: number): Signs {
  const signs = withoutGivenUp(minute);
  return minute < 30 ? signs : { ...signs, held: { ...signs.held, gave_up: 7 } };
}

function withoutGivenUp(minute: number): Signs {
  const pushed = { proven: Math.max(0, 40 - minute), failed: Math.min(minute, 50), waiting: 500 };
  if (minute < 5) return signsAt(minute, { proven: 40 });
  if (minute < 65) {
    if (minute % 10 === 3) return signsAt(minute, { ...pushed, held: { queued: 500 }, unsettled: true });
    if (minute === 20) return signsAt(minute, { ...pushed, held: { auth: 9 }, stops: [stop('auth')] });
    if (minute === 30) return signsAt(minute, { ...pushed, stops: [stop('credit_limit')] });
    return signsAt(minute, { ...pushed, held: { push_failed: 400, unknown: 100 }, stops: [stop('unreachable')] });
  }
  if (minute < 70) return signsAt(minute, { proven: 90, failed: 50, waiting: 200, held: { queued: 190, unknown: 10 } });
  return signsAt(minute, { proven: 300, failed: 50 });
}

test('an hour-long outage gives two messages, whatever else goes wrong meanwhile', () => {
  const looks = Array.from({ length: 24 * 60 }, (_, minute) => outageOfAnHour(minute));
  const { told } = watch(looks);
  expect(told).toEqual([
    [5, 'began'],
    [70, 'over'],
  ]);
});

test('a webhook that is down is tried again at each look; what nobody was told of is told when it is over', () => {
  const looks = Array.from({ length: 120 }, (_, minute) => outageOfAnHour(minute));
  const downUntil = (minute: number) => watch(looks, (at) => at >= START + minute * MINUTE).told;
  expect(downUntil(40)).toEqual([
    [40, 'began'],
    [70, 'over'],
  ]);
  expect(downUntil(90)).toEqual([[90, 'over']]);
});

test('trouble that comes back before its end was told is the same', () => {
  const down = { stops: [stop('unreachable')], waiting: 1 };
  const looks = [signsAt(0, down), signsAt(1), signsAt(2, down), signsAt(3)];
  const { told } = watch(looks, (at) => at !== START + MINUTE);
  expect(told).toEqual([
    [0, 'began'],
    [3, 'over'],
  ]);
});

test('a second outage is told as the first was', () => {
  const down = { stops: [stop('unreachable')], waiting: 1 };
  const { told } = watch([signsAt(0, down), signsAt(1), signsAt(2, down), signsAt(3, down), signsAt(4)]);
  expect(told.map(([, tell]) => tell)).toEqual(['began', 'over', 'began', 'over']);
});

test.each<[string, Partial<Signs>, boolean]>([
  ['nothing pushed', {}, false],
  ['many leads wait, and nothing is wrong', { waiting: 9000, held: { queued: 9000 } }, false],
  ['a quarter of the pushes failed', { proven: 75, failed: 25, held: { unknown: 25 } }, true],
  ['a fifth failed, which is the limit', { proven: 80, failed: 20, held: { unknown: 20 } }, false],
  ['what failed got through since', { proven: 75, failed: 25 }, false],
  ['nine pushes, most failed', { proven: 1, failed: 8, held: { push_failed: 8 } }, false],
  ['three pushes, all failed', { failed: 3, held: { push_failed: 3 } }, true],
  ['two pushes, all failed', { failed: 2, held: { push_failed: 2 } }, false],
  ['leads held for the key', { held: { auth: 1 } }, true],
  ['leads held for credits', { held: { credit_limit: 1 } }, true],
  ['a campaign is stopped', { stops: [stop('campaign_not_found', { campaignId: '7' })] }, true],
  ['leads were given up', { held: { gave_up: 1 } }, true],
  ['leads were refused', { held: { refused: 500, no_route: 3, in_other_campaign: 4 } }, false],
])('told, or not: %s', (_title, signs, told) => {
  expect(nextIncident(undefined, signsAt(0, signs), ALERTS)?.tell).toBe(told ? 'began' : undefined);
});

test('leads given up are told of once; more of them are told of again', () => {
  const looks = [...Array(600).keys()].map((minute) =>
    signsAt(minute, { held: { gave_up: minute < 200 ? 3 : minute < 400 ? 5 : 0 } }),
  );
  const { told, known } = watch(looks);
  expect(told).toEqual([
    [0, 'began'],
    [60, 'over'],
    [200, 'began'],
    [260, 'over'],
  ]);
  expect(known?.gaveUp).toBe(0);
});

test('the message is being sent: nobody else sends it, until whoever does is taken for dead', () => {
  const down = { stops: [stop('unreachable')], waiting: 1 };
  const first = nextIncident(undefined, signsAt(0, down), ALERTS);
  const lookLater = (ms: number) => nextIncident(first?.incident, { ...signsAt(0, down), at: START + ms }, ALERTS);
  expect(lookLater(SENDING_MS - 1)).toBeUndefined();
  expect(lookLater(SENDING_MS)?.tell).toBe('began');
  // a clock that was set back an hour must not keep everybody silent for an hour
  expect(lookLater(-60 * MINUTE)?.tell).toBe('began');
});

test('an incident is not over because a run has just lifted the stop to try again', () => {
  const down = nextIncident(undefined, signsAt(0, { stops: [stop('unreachable')], waiting: 1 }), ALERTS);
  if (!down) throw new Error('nothing began');
  const told = { ...down.incident, sendingUntil: null, beganToldAt: 'then' };
  expect(nextIncident(told, signsAt(1, { waiting: 1, held: { queued: 1 }, unsettled: true }), ALERTS)).toBeUndefined();
});

test('the messages say what, since when, how many wait and where to see more, and nothing that Smartlead said', () => {
  const stops = [stop('unreachable'), stop('campaign_not_found', { campaignId: '123456' })];
  const signs = signsAt(3, { stops, waiting: 1200, failed: 35, proven: 5, held: { push_failed: 35, gave_up: 2 } });
  const began = nextIncident(undefined, signs, ALERTS);
  if (!began) throw new Error('nothing began');
  expect(alertText('began', began.incident, signs, { organization: 'acme', sandbox: false })).toBe(
    'drason (acme): Smartlead cannot be reached; campaign 123456: Smartlead does not know it; 35 of 40 pushes failed ' +
      'within 1h; 2 leads given up after all attempts failed (drason leads --reason gave_up). ' +
      'Since 2026-03-01 02:00:00 UTC; 1,200 leads wait. More: drason status --org acme',
  );
  const over = { ...began.incident, what: ['Smartlead cannot be reached'], endedAt: isoTime(START + 64 * MINUTE) };
  expect(alertText('over', over, signsAt(64, { waiting: 1 }), { organization: 'default', sandbox: true })).toBe(
    'drason (default, sandbox): it is over. From 2026-03-01 02:00:00 UTC to 2026-03-01 03:04:00 UTC (1h 4m): ' +
      'Smartlead cannot be reached. Now 1 lead waits. More: drason status --sandbox',
  );
});
