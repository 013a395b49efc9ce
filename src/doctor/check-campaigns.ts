import type { Clock } from '../clock.js';
import type { RuleConfig } from '../config/schema.js';
import type { Ask } from '../delivery/ask-smartlead.js';
import { type Campaign, readCampaign } from '../smartlead/campaigns.js';
import type { SmartleadClient } from '../smartlead/client.js';
import { type Finding, failed, ok, warning } from './finding.js';

/** Campaigns that will mail nobody any more. */
const OVER: readonly string[] = ['STOPPED', 'ARCHIVED', 'COMPLETED'];

/** The campaigns that rules name, with the lines that name them. */
function namedBy(rules: readonly RuleConfig[]): Map<string, string> {
  const lines = new Map<string, number[]>();
  for (const { target_campaign_id: id, line } of rules) lines.set(id, [...(lines.get(id) ?? []), line]);
  return new Map([...lines].map(([id, at]) => [id, `line${at.length === 1 ? '' : 's'} ${at.join(', ')}`]));
}

function judge({ id, name, status }: Campaign, where: string): Finding {
  const message = `${id}${name === undefined ? '' : ` "${name}"`} is ${status ?? 'of a status it does not tell'} (${where})`;
  const upper = status?.toUpperCase() ?? '';
  if (upper === 'ACTIVE') return ok('campaign', message);
  if (OVER.includes(upper)) {
    return failed('campaign', message, 'Start it again in Smartlead, or name another campaign in the rules.');
  }
  return warning('campaign', message, 'Its leads are mailed once it is ACTIVE in Smartlead.');
}

/** Checks each campaign that a rule names; one that is not among `listed` is asked for. Returns those that are there. */
export async function* checkCampaigns(
  rules: readonly RuleConfig[],
  listed: readonly Campaign[],
  client: SmartleadClient,
  ask: Ask,
  clock: Clock,
): AsyncGenerator<Finding, Campaign[]> {
  const byId = new Map(listed.map((campaign) => [campaign.id, campaign]));
  const found = [...listed];
  for (const [id, where] of namedBy(rules)) {
    const known = byId.get(id);
    if (known) {
      yield judge(known, where);
      continue;
    }
    const result = await ask((mayWrite) => client.campaign(id, mayWrite));
    if (result.kind === 'no_room') {
      yield warning(
        'campaign',
        `${id} (${where}) was not asked for: the request limit is used up`,
        'Run drason doctor again.',
      );
      continue;
    }
    const answer = readCampaign(result, id, clock.now());
    if (answer.kind === 'campaign') {
      found.push(answer.campaign);
      yield judge(answer.campaign, where);
    } else if (answer.kind === 'missing') {
      yield failed(
        'campaign',
        `Smartlead does not know ${id} (${where})`,
        'Correct target_campaign_id: the number in the address of the campaign in Smartlead.',
      );
    } else {
      yield failed(
        'campaign',
        `${id} (${where}) could not be looked up: ${answer.message}`,
        'Run drason doctor again.',
      );
    }
  }
  return found;
}
