import { addressOf, anyAddressOf, type Field, fieldsOf, readAddressIn } from './event-address.js';
import { kindOf } from './event-kind.js';
import { eventName, isSoft, type Meaning, meaningOf, meansSomething } from './event-words.js';
import type { Levels } from './open-envelopes.js';

/** What an event of Smartlead's says, and what follows. */
export interface EventMeaning {
  /** EMAIL_BOUNCE; empty: it names none. */
  name: string;
  /** The lead's address, canonical; undefined: none can be read. */
  email: string | undefined;
  campaign: { id: string | undefined; name: string | undefined; status: string | undefined };
  at: string | undefined;
  /** Why the lead must not be mailed any more; undefined: it may. */
  suppress: string | undefined;
  /** It cannot be read what happened, but it looks as if somebody should not be mailed any more. */
  looksLikeStop: boolean;
}

/** Longer texts are prose, in which a word proves nothing. */
const LONGEST_STATE = 80;

/** Reads one event. */
export function readEvent(levels: Levels): EventMeaning {
  const name = kindOf(levels);
  const fields = levels.flatMap(fieldsOf);
  const isKnown = meansSomething(name);
  const named = addressOf(levels);
  const stop = stopOf(name, fields, named !== undefined) ?? (isKnown ? undefined : stopSomewhere(fields));
  // whose else, if a lead must be stopped
  const email = named ?? (stop === undefined ? undefined : anyAddressOf(fields));
  const scalar = (...paths: string[]) => paths.map((path) => scalarAt(levels, path)).find((text) => text !== undefined);
  return {
    name,
    email,
    campaign: {
      id: scalar('campaign_id', 'campaign.id'),
      name: scalar('campaign_name', 'campaign.name'),
      status: scalar('campaign_status', 'campaign.status', 'status'),
    },
    at: scalar('event_timestamp'),
    suppress: stop,
    looksLikeStop: stop === undefined && !isKnown && fields.some(smells) && !fields.some(deniesIt),
  };
}

function scalarAt(levels: Levels, path: string): string | undefined {
  const [name = '', inner] = path.split('.');
  for (const level of levels) {
    const outer = level[name];
    const value = inner === undefined ? outer : new Map<string, unknown>(Object.entries(outer ?? {})).get(inner);
    if (typeof value === 'string' || typeof value === 'number') return String(value);
  }
  return undefined;
}

/** Why the lead of an event must not be mailed any more; undefined: it may. */
function stopOf(name: string, fields: readonly Field[], hasAddress: boolean): string | undefined {
  const meaning = meaningOf(name);
  if (meaning === 'lifted') return undefined;
  if (meaning === 'unsubscribed' || meaning === 'complained') return because(meaning, name);
  // what a campaign says of itself is about no lead
  if (name.startsWith('CAMPAIGN_') && !hasAddress && meaning === undefined) return undefined;
  const signs = [...categorySigns(fields), ...fields.flatMap(stateSign)];
  const sign = signs.find((one) => one.meaning === 'unsubscribed' || one.meaning === 'complained');
  if (sign) return because(sign.meaning, sign.said);
  if (fields.some(isSendersFault)) return undefined;
  const bounce = meaning === 'bounced' ? name : signs.find((one) => one.meaning === 'bounced')?.said;
  if (bounce === undefined || meaning === 'soft bounce') return undefined;
  return !/HARD|PERMANENT/.test(name) && fields.some(saysSoft) ? undefined : because('bounced', bounce);
}

const because = (meaning: Meaning, said: string) =>
  `${meaning === 'complained' ? 'complained of spam' : meaning} (${said} from Smartlead)`;

interface Sign {
  meaning: Meaning;
  said: string;
}

/** What a mail server answered; its words (`550 5.7.1 blocked by policy`) are about the mail, not about the lead. */
const MAIL_SERVERS_WORDS = /^\W*[45]\d\d\b|\b[45]\.\d\.\d/;

function textOf({ value }: Field): string {
  const isState = typeof value === 'string' && value.length <= LONGEST_STATE && !MAIL_SERVERS_WORDS.test(value);
  return isState ? value.trim() : '';
}

const CATEGORY = /categor(y|ies)(name|label|title|value)?$|category(new|current|to)(name|value)?$/;
const BEFORE = /old|prev|former|from|before|last/;

/** The category that the lead has now; where one says that it is new, that one alone counts. */
function categorySigns(fields: readonly Field[]): Sign[] {
  const now = fields.filter((field) => CATEGORY.test(field.path) && !BEFORE.test(field.path) && textOf(field) !== '');
  const renewed = now.filter(({ path }) => /new|current|updated/.test(path));
  return (renewed.length > 0 ? renewed : now).flatMap((field) => {
    const meaning = meaningOf(eventName(textOf(field)));
    return meaning === 'unsubscribed' || meaning === 'complained'
      ? [{ meaning, said: `category ${textOf(field)}` }]
      : [];
  });
}

const STATE = /(status|state|reason|action)(new|to|value)?$/;
const UNSUBSCRIBED_FLAG =
  /^(is|has|was|lead|email|contact|global|globally|been)*(unsubscribed?|optedout|optout|donotcontact|donotemail|donotmail|dnc|blacklisted|blocklisted|suppressed)(all|globally|status|at|on|date|time|timestamp|fromall|fromcampaign)*$/;
const SUBSCRIBED_FLAG = /^(is|lead|email|contact)*(subscribed|optedin|optin)$/;
const BOUNCED_FLAG = /^(is|has|was|lead|email|been)*(hard)?bounced?(at|on|date|time|timestamp)*$/;
const COMPLAINED_FLAG =
  /^(is|has|was|lead|been)*(complained|complaint|spamcomplaint|markedasspam)(at|on|date|time|timestamp)*$/;

/** What a state or a flag says: `lead_status: UNSUBSCRIBED`, `is_unsubscribed: true`, `subscribed: false`. */
function stateSign(field: Field): Sign[] {
  const { name, path } = field;
  if (BEFORE.test(name)) return [];
  const said = `${name} ${String(field.value).slice(0, LONGEST_STATE)}`;
  const sign = (meaning: Meaning): Sign[] => [{ meaning, said }];
  if (SUBSCRIBED_FLAG.test(name)) return isNo(field.value) ? sign('unsubscribed') : [];
  if (UNSUBSCRIBED_FLAG.test(name) && isYes(field.value)) return sign('unsubscribed');
  if (COMPLAINED_FLAG.test(name) && isYes(field.value)) return sign('complained');
  if (BOUNCED_FLAG.test(name) && isYes(field.value)) return sign('bounced');
  if (!STATE.test(name) || /campaign(status|state)/.test(path) || path.includes('bounce')) return [];
  const meaning = meaningOf(eventName(textOf(field)));
  return meaning === undefined || meaning === 'lifted' ? [] : sign(meaning);
}

/** A yes, or the time since when. */
function isYes(value: unknown): boolean {
  if (typeof value === 'number') return value > 0;
  if (typeof value !== 'string') return value === true;
  const text = value.trim();
  if (/^(true|t|yes|y|x|on|unsubscribed|opted[ -]?out|bounced|complained)$/i.test(text)) return true;
  return /[1-9]/.test(text) && /^[\d\s.:/TZ+-]+$/i.test(text);
}

const isNo = (value: unknown) =>
  value === false || value === 0 || (typeof value === 'string' && /^(false|f|no|n|0|off)$/i.test(value.trim()));

/** `is_sender_originated_bounce: true`: the sender's own fault. */
const isSendersFault = ({ name, value }: Field) => /sender\w*bounce/.test(name) && isYes(value);

const BOUNCE_TYPE = /bounce(sub)?(type|category|kind|class|classification|severity)$|^(sub)?type$/;

function saysSoft(field: Field): boolean {
  const { name, path, value } = field;
  if (/(is|^)(softbounce|soft|transient|temporary)(bounce)?$/.test(name)) return isYes(value);
  if (/(is|^)(hardbounce|permanent)$/.test(name)) return isNo(value);
  return BOUNCE_TYPE.test(path) && isSoft(eventName(textOf(field)));
}

/** Fields in which such a word is about a page, a number, or a text that somebody wrote. */
const ABOUT_OTHERS =
  /(link|url|href|arn|header|count|rate|subject|preview|snippet|text|body|html|campaignname|template|tags?|company|domain|note)$|^(ignore|include|sequence)/;
/** `property: hs_email_optout, value: false`. */
const deniesIt = ({ name, value }: Field) => /^(property|field|new|current)*value$/.test(name) && isNo(value);
/** A name of an event is no sentence. */
const MOST_WORDS = 4;

/** An event of no known kind that says in some other field what happened: `what: LEAD_UNSUBSCRIBED`, `bounced: a@b.io`. */
function stopSomewhere(fields: readonly Field[]): string | undefined {
  if (fields.some(deniesIt)) return undefined;
  for (const { name, value } of fields) {
    if (ABOUT_OTHERS.test(name) || BEFORE.test(name)) continue;
    const asKey = stopIn(name);
    if (asKey !== undefined && readAddressIn(value) !== undefined) return because(asKey, name);
    if (typeof value !== 'string' || value.length > LONGEST_STATE / 2) continue;
    const said = eventName(value);
    const asValue = said.split('_').length > MOST_WORDS ? undefined : stopIn(value);
    if (asValue !== undefined) return because(asValue, said);
  }
  return undefined;
}

/** A word of a stop, as a name with something behind it or as a short text. */
function smells({ name, value }: Field): boolean {
  if (ABOUT_OTHERS.test(name)) return false;
  if (typeof value === 'string' && value.length <= LONGEST_STATE && stopIn(value) !== undefined) return true;
  return stopIn(name) !== undefined && value !== null && value !== '' && !isNo(value);
}

function stopIn(text: string): Meaning | undefined {
  const meaning = meaningOf(eventName(text));
  return meaning === 'lifted' || meaning === 'soft bounce' ? undefined : meaning;
}
