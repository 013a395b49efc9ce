import prettyMs from 'pretty-ms';
import type { Clock } from '../clock.js';
import type { Ask } from '../delivery/ask-smartlead.js';
import type { SmartleadAccess } from '../pipeline/run-context.js';
import { type Campaign, readCampaigns } from '../smartlead/campaigns.js';
import type { HttpResult } from '../smartlead/exchange.js';
import { type Finding, failed, ok, warning } from './finding.js';

/** Leads fall due, and pauses end, by this machine's clock. */
const MOST_OFF_MS = 5 * 60_000;

function checkClock(result: HttpResult, now: number): Finding | undefined {
  if (result.kind !== 'answer') return undefined;
  const theirs = Date.parse(String(result.headers.date ?? ''));
  if (Number.isNaN(theirs)) {
    return warning('clock', 'the answer has no date to compare with', "Compare this machine's clock yourself.");
  }
  const off = Math.abs(now - theirs);
  if (off <= MOST_OFF_MS) return ok('clock', "agrees with Smartlead's");
  const direction = now > theirs ? 'ahead of' : 'behind';
  const message = `this machine is ${prettyMs(off, { unitCount: 2, secondsDecimalDigits: 0 })} ${direction} Smartlead's clock`;
  return failed('clock', message, 'Set the clock, best by NTP.');
}

const NOT_SMARTLEAD = 'Is smartlead.base_url (or SMARTLEAD_BASE_URL) right?';
const LATER = 'Try again later; drason retry --held continues with what is held meanwhile.';

/** Asks Smartlead for the campaigns: is it there, does it take the key, do the clocks agree? Returns the campaigns. */
export async function* checkSmartlead(
  { client, key, target, baseUrl }: SmartleadAccess,
  ask: Ask,
  clock: Clock,
): AsyncGenerator<Finding, Campaign[] | undefined> {
  const result = await ask((mayWrite) => client.campaigns(mayWrite));
  if (result.kind === 'no_room') {
    const wait = prettyMs(result.waitMs, { secondsDecimalDigits: 0 });
    yield warning('smartlead', `not asked: the request limit is used up for ${wait}`, 'Run drason doctor again then.');
    return undefined;
  }
  const standsIn = target === 'this machine';
  const who = standsIn ? 'the stand-in' : 'Smartlead';
  const answering = standsIn ? `not Smartlead itself: a stand-in on this machine (${baseUrl}) answers` : 'answers';
  const now = clock.now();
  const answer = readCampaigns(result, now);
  switch (answer.kind) {
    case 'campaigns':
      yield ok('smartlead', answering);
      yield ok('key', `from ${key.from}, accepted by ${who}`);
      break;
    case 'auth':
      yield ok('smartlead', answering);
      yield failed(
        'key',
        `from ${key.from}, refused by ${who}: ${answer.message}`,
        'Take the key from Smartlead → Settings → API, and check that the plan has API access.',
      );
      break;
    case 'cdn_block':
      yield failed(
        'smartlead',
        `the CDN in front of Smartlead blocks this machine (the key was not judged): ${answer.message}`,
        'Try from another address, or ask Smartlead to let this one in.',
      );
      break;
    case 'redirect':
      yield failed('smartlead', answer.message, NOT_SMARTLEAD);
      break;
    case 'unreadable':
      yield failed('smartlead', 'what answers does not speak as Smartlead does', NOT_SMARTLEAD);
      break;
    case 'not_sent':
      yield failed('smartlead', answer.message, `Check the network and the DNS of this machine. ${NOT_SMARTLEAD}`);
      break;
    case 'rate_limited':
    case 'unknown':
      yield failed('smartlead', answer.message, LATER);
      break;
    default:
      answer satisfies never;
  }
  const clocks = checkClock(result, now);
  if (clocks) yield clocks;
  return answer.kind === 'campaigns' ? answer.campaigns : undefined;
}
