import { MAX_ATTEMPTS } from '../delivery/retry-policy.js';
import type { HoldReason, ReviewSign } from '../lead.js';
import { HOLD_TEXT } from '../text/hold-reasons.js';
import { fromWhen, sentence } from '../text/words.js';
import type { Suggest } from './story-types.js';

/** One thing a person can do. */
export interface Step {
  text: string;
  /** To be copied; null where a command has no part in it. */
  command: string | null;
  /** The setting of the rules file that it is about. */
  setting: string | null;
}

/** What a hold reason means for one lead, in words that need no knowledge of the code. */
export interface Advice {
  what: string;
  by_itself: string;
  can: Step[];
}

/** The settings that advice depends on. */
export interface AdviceSettings {
  keyVariable: string;
  skipsOtherCampaigns: boolean;
  /** It is kept in the database, over the rules file. */
  skipsIsKept: boolean;
}

/** What is known about a held lead. */
export interface HeldFacts {
  email: string;
  /** Its campaign in words, such as `campaign 123456 (Autumn)`. */
  campaign: string;
  persona: string | null;
  lead_score: number | null;
  last_error: string | null;
  /** The first cell of its row for which somebody has to look at it; undefined: it has none. */
  sign: ReviewSign | undefined;
  next_attempt_at: string | null;
  push_attempts: number;
  /** What made it `unknown`, in words. */
  unknownSince: string | undefined;
  /** It was refused for its custom fields, before anything was sent. */
  refusedUnsent: boolean;
  /** The run that is to push it is still at work. */
  runAtWork: boolean;
  /** The run that took it in last. */
  runId: string | undefined;
  /** The file it came from last, as it is given to ingest. */
  file: string;
  /** Undefined where the rules file could not be looked at. */
  settings: AdviceSettings | undefined;
  /** Wall clock, milliseconds. */
  now: number;
}

const SETTINGS = 'smartlead.settings';
/** The setting with which Smartlead skips leads that it has in another campaign. */
export const SKIPS_OTHER_CAMPAIGNS = `${SETTINGS}.ignore_duplicate_leads_in_other_campaign`;
const NOTHING_BY_ITSELF = 'Nothing happens by itself: it stays as it is until you do something about it.';

function said({ last_error }: HeldFacts): string {
  return last_error === null ? '' : `: ${last_error}`;
}

type MakeStep = (text: string, command?: string | null, setting?: string | null) => Step;

/** Advice on a lead whose own row has a stop sign that a person has to look at. */
function signAdvice(
  facts: HeldFacts & { sign: ReviewSign },
  step: MakeStep,
  retry: (flags?: Record<string, string | boolean>) => string,
  suggest: Suggest,
): Advice {
  const { column } = facts.sign;
  return {
    what: sentence(facts.last_error ?? `column "${column}" says "${facts.sign.value}"`),
    by_itself: 'Nothing is sent until the rules file says what the column means.',
    can: [
      step(
        `If the column means that people must not be mailed, add it to fields: in the rules file (unsubscribed, bounced or verifier: "${column}"); if it says nothing about mailing, add it to fields: ignore. Then`,
        retry({ reason: 'review' }),
        'fields',
      ),
      step('Or correct the cell at its source and ingest the file again', suggest('ingest', {}, [facts.file])),
    ],
  };
}

/** Advice on one held lead. Pure. */
export function holdAdvice(reason: HoldReason, facts: HeldFacts, suggest: Suggest): Advice {
  const { email, campaign } = facts;
  const retry = (flags: Record<string, string | boolean> = {}) => suggest('retry', { held: true, ...flags, email });
  const step = (text: string, command: string | null = null, setting: string | null = null): Step => ({
    text,
    command,
    setting,
  });
  const due = fromWhen(facts.next_attempt_at, facts.now);
  const again = step('Have it tried at once', retry({ now: true }));
  const what = sentence(HOLD_TEXT[reason] + said(facts));

  const table: Record<HoldReason, () => Advice> = {
    no_route: () => ({
      what: `No rule matches it: its persona is ${facts.persona === null ? 'not given' : `"${facts.persona}"`}, its score ${facts.lead_score ?? 'not given, which counts as 0'}. It waits in the holding pool.`,
      by_itself: "Every retry --held decides it again, by today's rules.",
      can: [
        step('Add or change one of the rules in the rules file so that it matches, then', retry(), 'rules'),
        step('Or correct its persona or score at the source and ingest it again', suggest('ingest', {}, [facts.file])),
      ],
    }),
    queued: () => ({
      what: `It is routed to ${campaign} and waits for its push.`,
      by_itself: facts.runAtWork ? 'The run that has it in its line pushes it.' : 'The next retry --held pushes it.',
      can: [step('Have it pushed now', retry())],
    }),
    review: () =>
      facts.sign
        ? signAdvice({ ...facts, sign: facts.sign }, step, retry, suggest)
        : {
            what: `It was ingested with --no-push and waits for someone to look at it. Then it goes to ${campaign}.`,
            by_itself: NOTHING_BY_ITSELF,
            can: [
              step('Send it', retry({ reason: 'review' })),
              ...(facts.runId === undefined
                ? []
                : [
                    step(
                      'Or send all that its run left for review',
                      suggest('retry', { held: true, run: facts.runId }),
                    ),
                  ]),
            ],
          },
    push_failed: () => ({
      what,
      by_itself: `A retry --held pushes it again, ${due}${triesLeft(facts)}.`,
      can: [
        again,
        step(
          'If it keeps failing, look at what the message says: the network, the proxy, smartlead.base_url in the rules file',
          null,
          'smartlead.base_url',
        ),
      ],
    }),
    unknown: () => ({
      what: `Whether it arrived in ${campaign} is open.${facts.unknownSince === undefined ? '' : ` ${facts.unknownSince}`}`,
      by_itself: `A retry --held settles it before anything else, ${due}${triesLeft(facts)}. Being sent again does no harm: Smartlead recognises a lead that it has already.`,
      can: [step('Have it settled at once', retry({ now: true }))],
    }),
    refused: () =>
      facts.refusedUnsent
        ? {
            what: sentence(`it was not sent, because Smartlead would refuse it${said(facts)}`),
            by_itself: NOTHING_BY_ITSELF,
            can: [
              step(
                'Send fewer columns (custom_fields in the rules file), or raise smartlead.custom_fields_limit if your account takes more, then',
                retry({ 'include-refused': true }),
                'custom_fields, smartlead.custom_fields_limit',
              ),
            ],
          }
        : {
            what,
            by_itself:
              'Nothing happens by itself, unless it is ingested with something changed that is sent to Smartlead.',
            can: [
              step('Correct it at the source and ingest it again', suggest('ingest', {}, [facts.file])),
              step('If what Smartlead objects to was put right over there', retry({ 'include-refused': true })),
              step(
                `If it is on Smartlead's unsubscribe list or block list, and you may mail it all the same, set ${SETTINGS}.ignore_unsubscribe_list or ignore_global_block_list to true in the rules file, then`,
                retry({ 'include-refused': true }),
                `${SETTINGS}.ignore_unsubscribe_list, ${SETTINGS}.ignore_global_block_list`,
              ),
            ],
          },
    in_other_campaign: () => ({
      what: `Smartlead has it in another campaign already, so it was not added to ${campaign}.`,
      by_itself: NOTHING_BY_ITSELF,
      can: [
        step(
          facts.settings?.skipsOtherCampaigns === false
            ? `${SKIPS_OTHER_CAMPAIGNS} is false by now, so it can be added`
            : `To have it in both, set ${SKIPS_OTHER_CAMPAIGNS} to false ${facts.settings?.skipsIsKept ? 'on the Settings page of drason serve' : 'in the rules file'}, then`,
          retry({ reason: 'in_other_campaign' }),
          SKIPS_OTHER_CAMPAIGNS,
        ),
      ],
    }),
    campaign_not_found: () => ({
      what: sentence(`Smartlead does not know ${campaign}${said(facts)}`),
      by_itself: "Every retry --held decides it again, by today's rules, and tries the campaign once more.",
      can: [
        step(
          'Correct target_campaign_id of its rule in the rules file, or create the campaign in Smartlead, then',
          retry(),
          'rules, target_campaign_id',
        ),
      ],
    }),
    credit_limit: () => ({
      what: "Smartlead's credits were used up before its turn.",
      by_itself: `A retry --held tries it again, ${due}.`,
      can: [step('Get more credits in Smartlead, then', retry({ now: true }))],
    }),
    auth: () => ({
      what: sentence(`Smartlead refused the key, or there was none${said(facts)}`),
      by_itself: 'Every retry --held tries the key once, and goes on as soon as it is accepted.',
      can: [
        step(
          `Put the right key into ${facts.settings?.keyVariable ?? 'the variable that smartlead.api_key_env in the rules file names'}, then`,
          retry(),
          'smartlead.api_key_env',
        ),
      ],
    }),
    gave_up: () => ({
      what: `${sentence(`${MAX_ATTEMPTS} attempts came to nothing, so drason stopped trying${said(facts)}`)} Perhaps it is in ${campaign} all the same; being sent again does it no harm.`,
      by_itself: NOTHING_BY_ITSELF,
      can: [step('When the cause is gone, start its attempts over', retry({ reason: 'gave_up' }))],
    }),
    removed: () => ({
      what: `It was in ${campaign}, and Smartlead no longer has it there: somebody took it out, or deleted it.`,
      by_itself: `${NOTHING_BY_ITSELF} It stays out when it is ingested again, too.`,
      can: [
        step("Put it back, by today's rules", retry({ reason: 'removed' })),
        step('If it must not be mailed any more, suppress it', suggest('suppress', {}, ['add', email])),
      ],
    }),
  };
  return table[reason]();
}

function triesLeft({ push_attempts }: HeldFacts): string {
  const left = MAX_ATTEMPTS - push_attempts;
  return push_attempts === 0 ? '' : `; after ${left} more failure${left === 1 ? '' : 's'} drason gives up`;
}
