/** What a column's name says of mailing, told by the stems of its words and not by a list of names. */
import { DO_NOT_WRITE } from './do-not-write.js';
import { foldedWords, phrases, says } from './words.js';

/**
 * What a column is by its name:
 * `opt_out`: a yes, a date or a reason is an opt-out. `consent`: a no is a missing consent. `bounce`: a yes, a date or a
 * reason is a bounce. `bad_address`: a yes says that the address is invalid. `good_address`: a no does. `catch_all`: a
 * yes is risky. `verifier`: holds a verifier's words. `test_record`: a yes is no person. `status`: may be anything, so its values tell. `suppression_type`: how somebody was suppressed, or a
 * fire. `smells`: about mailing in a way
 * that nobody could tell. `unknown`: the name says nothing, so a value may. `none`: free text, another channel, or
 * something about the sign, such as a count; no value in it stops anybody.
 */
export type NameKind =
  | 'opt_out'
  | 'consent'
  | 'bounce'
  | 'bad_address'
  | 'good_address'
  | 'catch_all'
  | 'verifier'
  | 'test_record'
  | 'status'
  | 'suppression_type'
  | 'smells'
  | 'unknown'
  | 'none';

export interface NameReading {
  kind: NameKind;
  /** The column holds when or why it happened, so whatever it says means that it did. */
  fact: boolean;
}

/** Things besides the address, its mailbox and its owner's consent. */
const OTHER_CHANNEL = phrases(`
  phone* | telephone* | tel | mobile* | cell | cellphone | fax | sms | text~messag* | texting | whatsapp | telegram | viber | postal* | post | direct~mail | letter*
  website* | site | url | linkedin | xing | twitter | facebook | instagram | social | push | call | calls | calling | voice* | dialer* | telefon* | handy | mobil | movil
  celular | telefono | brief | do~not~call* | donotcall* | donotphone* | donotfax* | donotpostal* | dontcall* | vat | tax | iban | address~line | street
  zip | domain~age | invoice* | payment* | billing | subscription (plan/tier/price/amount/start/type/product/revenue) | order* | shipping | license | contract
  mailing address*
  (fire/noise/flame/dust/weed/sound) suppress* | bounce house* | disposable income | baja california* | (sends/has/uses/runs) (newsletter/a newsletter/email*) | (gdpr/dsgvo/rgpd) (relevant/country/applies/applicable/scope)
  company address | company domain* | company status | domain status | (deal/opportunity/order/event/meeting/registration/booking/ticket/project/task/payment/delivery/shipment/job/application) (status/stage/state) | ad | ads | advertising | cookie | cookies | browser
`);
const MAIL = phrases(
  'email* | *email | mail | mails | mailing* | newsletter* | inbox | mailbox | courriel | correo | mel | posta',
);

/** Endings after which a name is about the thing and not about the person: the address of a page, a number, a supplier. */
const ABOUT_THE_THING =
  /^(sources?|providers?|vendor|tool|links?|urls?|uri|href|page|rates?|counts?|number|total|titles?|ids?|uuid|key|token|hash|score|percent|percentage|confidence|software|service|by|text|template|subject|version|method|language|duration|days|length|window|policy|checkedby|credits?|cost|price|batch|campaign|sequence|name|ip|channel|form|medium|page|systems?|officer|region|team|manager|tools|budget|consultant|agency|hours|topics?|frequency|edition|subscribers|platform|automation|stack|handling|deals|clicks|opens)$/;
/** Things that are valid or verified and are no mailbox: `Domain Valid`, `Valid Address`, `Verified Revenue`. */
const OTHER_THING =
  'address|addresses|domain|company|firm|business|account|profile|identity|blue|employer|customer|buyer|seller|partner|member|user|badge|passport|warranty|certificate|insurance|visa|ticket|coupon|card|quote|offer|voucher|revenue|headcount|employees?|size|location|industry|title|name|purchase|membership|licence|permit|data';
const OF_IT = 'valid\\p{L}*|invalid\\p{L}*|verified|verification|verify|unverified|ungultig\\p{L}*|gultig\\p{L}*';
const THING_CHECKED = new RegExp(
  `(?<! e?mail) (?:${OTHER_THING})(?: is| not| has| been)* (?:${OF_IT})(?= )| (?:${OF_IT}) (?:${OTHER_THING})(?= )`,
  'u',
);
/** Beginnings that count. */
const COUNTED = / (number|num|no of|count|total|sum|avg|average|rate|percent|anzahl|nombre|numero) /;
/** Fire, noise and dust are suppressed as well as mail: its values tell. */
const KIND_OF_SUPPRESSION = /^ suppress\p{L}* (?:type|types|code|mode|category|class|method) $/u;
/** Names of a list of what a person has left: of channels, topics or lists. */
const LISTS_WHAT_WAS_LEFT =
  /(?:unsub|opted ?out|optedout|suppressed|blocked)\p{L}* (?:\p{L}+ )?(?:ids|channels|topics|lists|groups|categories|newsletters|types) $| unsubscribes $/u;
const FREE_TEXT = phrases(
  'note | notes | comment* | keyword* | description | headline | summary | bio | about | message | body | remark* | notiz* | bemerkung* | kommentar* | commentaire* | text | content | url | link',
);

const DO_NOT = phrases(`
  *donotcontact* | *donotemail* | *donotmail* | *donotbulkemail* | *donotsend* | *donotmarket* | *donotallow* | do~not~disturb
  dont(contact/email/mail) | (no/never/stop) (contact/email/emails/mail/mails/mailing/mailings/marketing/outreach/newsletter*)
  (nocontact/noemail/noemails/nomail/nomarketing/nomailing) | *dnc | dnc* | dne | contact (prohibited/forbidden/banned) | not contactable | not mailable | not to be contacted
  keine (werbung/mails/emails/newsletter) | не (контакт*/писать/беспокоить) | nekontakt* | neposil*
  ne (souhaite/veut) (pas/plus) | no (desea/quiere) | non (desidera/vuole) | geen (mail/mails/email/emails/mailing*/nieuwsbrief*/reclame)
  ei saa (ottaa/lahettaa) | ala (ota/laheta) | *markkinointikielto | *unerwunscht | d n c | d n e
`);
const OPT_OUT = phrases(`
  *unsub* | *optout* | *optedout* | *optingout* | opt out* | opted out* | opting out | opts out | *blacklist* | black list* | *blocklist* | block list* | blocklisted | deny~list* | *suppress*
  marketing suspended | (email/emails/emailing/mailing) (suspended/stopped/blocked/paused) | *complained* | (spam/email/abuse/fbl) complain* | spam report* | reported spam | marked (email/emails) as spam | marked as spam | spam~flag | abuse report*
  *abmeld* | *abgemeldet* | *abbestell* | austragung | austragen | *ausgetragen* | *widersprochen* | *sperrvermerk* | *widerspruch* | *werbesperre* | *mailsperre* | *kontaktsperre* | *gesperrt*
  *desabonn* | *desinscri* | opposition (au/aux/a/rgpd/commerciale/marketing/prospection)* | liste noire | *desuscri* | *cancel* suscri* | suscri* cancel* | baja | fecha de baja | de baja | *darbaja* | lista negra | *disiscri* | *cancellazione iscri* | lista nera | *descadastr* | cancell* (dalla/dalle/da) (newsletter/mail*/lista/liste) | cancelou inscri* | cancel* de (suscri*/inscri*) | lista de exclusion | liste d exclusion | *ausschlussliste
  *uitgeschreven* | *uitschrijv* | *afgemeld* | *afmeld* | *wypis* | rezygnacja | *avregistr* | *avprenumer* | *avanmal* | *avmeld* | *frameld* | *peruut* | *отпис* | *abonelikten* | *odhlas* | *odhlaseno*
  remove me | remove from (list*/mail*/email*/campaign*/sequence*) | removed from (list*/mail*/email*) | removal request* | exclude from (email*/mail*/marketing*/campaign*/outreach/sequence*) | excluded from (email*/mail*/marketing*/campaign*/outreach) | *exclude email*
  (gdpr/dsgvo/rgpd/ccpa) (delete*/eras*/remov*/objection/request/forget*/opt*) | right to be forgotten | forget me | (deletion/erasure/removal) request* | (data/contact) (deletion/erasure) | objection to (market*/process*/email*/mail*/contact*) | (marketing/email/legitimate interest) objection* | objected* | (email/is) quarantined | consent (withdrawn/revoked)* | withdrawn consent
  is (emailblocked/blocked/banned) | (email/contact/mailing) (blocked/banned/forbidden/prohibited) | globally (blocked/unsub*)
`);
const CONSENT = phrases(`
  *optin* | *optedin* | opt in* | opted in* | *subscribed* | subscribe | *subscriber | is subscriber | consent* | *consent | *consented | *einwilligung* | *zustimmung* | *consentement* | *consentimiento* | *consenso* | consentimento | *toestemming* | *samtycke* | *samtykke* | *suostumus* | zgoda* | соглас* | (email*/eposta*/iletisim/pazarlama/kvkk/ticari) onay* | souhlas*
  (email/emails/emailing/marketing/contact/mail/mailing/newsletter/send/sending) permission* | permission (to/pass/status)* | permission given | permitted | accepts (marketing/email*/mail*/newsletter*) | *acceptsmarketing | *acceptsemail* | acceptsemailmarketing | marketing (allowed/accepted/agreed/ok/okay/permitted/enabled/eligible) | email (allowed/permitted/ok/okay/enabled/eligible) | mailing allowed
  (can/may) be (emailed/contacted/mailed) | send (marketing/emails/email/mail/newsletter*)* | *send marketing* | (allow/allows/allowed/can/may/ok to/okay to/agrees to/agreed to/wants) (email*/mail*/contact*/marketing/newsletter*/market) | allowemail* | (contactable/mailable/emailable/marketable) | is (contactable/mailable/emailable/marketable) | marketing contact* | receive* (email*/newsletter*/marketing*/mailing*) | (gdpr/dsgvo/rgpd) (ok/status/agreed/accepted/compliant/basis/approved) | gdpr | dsgvo | rgpd | lawful basis | legal basis*
  *werbeerlaubnis | *kontakterlaubnis | (email/kontakt/marketing/newsletter) erlaubnis | *werbung erlaubt | email* erlaubt | accept* (les) email* | accepte* (les/des/la) (email*/newsletter*) | autoris* (les/lenvoi/envoi)* | accord* (email*/marketing) | autoriza* (marketing/email*/correo*/envio*/comercial)
  (acepta/aceita/accetta) (publicidad/correo*/email*/newsletter*/receber/recibir/ricevere/marketing) | inscrit (a/newsletter)* | inscrit | suscrito | suscrita | iscritto | iscritta | inscrito | inscrita | ingeschreven | aangemeld* | *markkinointilupa | (email*/eposta*/iletisim/pazarlama/ticari/kvkk) (izni/izin)
  (can/may) we (contact/email/mail) | contact by email | email contact (allowed/permitted/ok) | (stay/keep) in touch | keep me (posted/updated/informed)
  newsletter | newsletter (subscri*/signup/ok/yes/consent) | email~subscri* | mailing list member | email subscription* | double~opt~in
`);
/** A yes says that nobody is there to be mailed, or that somebody has yet to agree. */
const NOT_A_PERSON = phrases(`
  test (lead/contact/record/user/data/account) | is test | istest | (left/has left) (company/the company/firm/organization/org/employer)
  no longer (with/at/employed/works/working)* | deceased | is deceased | wrong (person/contact) | *opt~in pending | pending *opt~in | *consent* pending
  hat das unternehmen verlassen | verstorben | ausgeschieden | decede | fallecido
`);
/** Words that are an opt-out only as a whole name, with when or why at most: a stock is removed, a complaint handled. */
const WHOLE_OPT_OUT =
  /^ (?:(?:is|has|was|been|marked|as|please|to|email|contact|lead|globally) )*(?:exclude|excluded|exclusion|remove|removed|forgotten|quarantined|spam|complaints?|do not sell) (?:(?:at|on|date|time|reason|by|request|flag|data|info) )*$/;
const WHOLE_NOT_A_PERSON = /^ (?:is |has )?(?:retired|deceased|dead|test|deactivated)(?: (?:at|on|date))? $/;
const SOFT = phrases('soft* | transient | temporary (bounce*/fail*/error*/block*/reject*) | *softbounce*');
const BOUNCE = phrases(`
  *bounce* | hard~fail* | ndr | clean time | cleaned | cleaned at | unzustellbar* | rebot* | rimbalz* | returned mail | mail returned | deliver* fail* | failed deliver* | undelivered | rucklaufer* | onbestelbaar* | niedostarcz* | studsa* | *email* rejet*
`);
const BAD_ADDRESS = phrases(`
  *invalid* | *undeliver* | not (valid/deliverable) | is bad | email* bad | bad email* | email* is bad | wrong email* | email* wrong | *spamtrap* | spam trap* | disposable* | *disposable | account disabled | mailbox disabled
  toxic | gibberish | is (temporary/fake/burner/disabled) | (temporary/temp/fake/burner) (email*/mail*/address) | throw~away* | burner | no mx* | no dns | email (dead/disabled/broken/defunct/missing) | ungultig* | ungueltig* | dead email* | email not found | honey~pot* | is (toxic/abuse/dead)
`);
const GOOD_ADDRESS = phrases(`
  *deliverab* | *valid | valid* | *validity | validate* | *validation* | *verified* | safe* (to send/send/tosend) | safetosend | *safe to send* | *safetosend | *mx found | (has/valid) mx* | mx (valid/ok/records) | mx~record* | mx | smtp server | *connect* smtp | (host/domain) exists | has dns* | regexp | gultig* | zustellbar*
  (mailbox/address/account) exists | validator | email (ok/good/works/exists/valid/correct) | good email | is (deliverable/mailable/valid/verified) | *verific* | *verify* | *verif | *verifie | *verifiee
  reachable | is reachable | reachability | (email/mail) active | active email | *email* (geldig/giltig/gyldig/gecerli/platn*/poprawn*/prawidlow*/gepruft) | (geldig*/giltig*/gyldig*/gecerli/platn*/poprawn*/prawidlow*) *email* | *валид*
  geldig | giltig | gyldig | (gecerli/gecersiz) eposta | poprawn* | prawidlow*
`);
const CATCH_ALL = phrases(
  '*catchall* | catch all* | *acceptall* | accept all* | accepts all* | *acceptsall* | ok for all | full (mailbox/inbox) | mailbox full | *fullmailbox | *mailboxfull | inbox full | over quota | risky*',
);
const VERIFIER_BRAND = phrases(
  'zb* | zero~bounce* | never~bounce* | nb (status/result*) | kickbox* | million~verif* | mv (result*/status/quality) | elv* | email~list~verify* | clearout* | bouncer* | bouncify* | debounce* | reoon* | emailable* | icypeas* | findymail* | dropcontact* | usebouncer* | mailfloss* | truemail* | verifalia* | bulkemailchecker* | bec status | hunter status | snov status | listclean* | verimail* | myemailverifier*',
);
const VERIFIER = phrases(`
  email~(status/result/quality/check/state/qualification/health/grade/certainty/reason/substatus/verdict/hygiene/test) | *email*~(status/result*/quality/check/state/qualification/health/verdict/hygiene) | verif* (status/result*/state/sub~status/reason/code/outcome/verdict) | validation (status/result*/state/reason/sub~status)
  *email* (checker/syntax) | *email* grade | syntax (ok/check) | sub~status | mailbox (status/check/result) | smtp (status/result/check) | pruf~(ergebnis/status) | qualification | certainty | email address (status/quality/check/result/state)
`);
/** A date or a cause of something that was checked, which is no sign. */
const OF_A_CHECK = phrases(
  '*verif* | *valid* | *check* | *deliverab* | tested | optin* | opt in* | opted in* | *consent* | *subscribed* | confirm*',
);
const STATUS = phrases(`
  *status | status* | state | result* | *result | quality | category* | *category | check | stage | *stage | label* | reason | outcome | disposition* | tag* | verdict | etiqueta* | etichett* | etiquette* | tipo | email marketing | segment* | lists* | list | group* | type | sequence state
  statut | etat | estado | stato | resultat* | resultado | risultato | ergebnis* | zustand | kategorie* | categorie* | kategori* | статус | durum | stav | tila | lifecycle* | lead~(state/category/label) | member status | marketing preference* | email preference* | communication preference* | contact preference* | preferences | marketing status | *email* format
`);
const SMELLS = phrases(`
  gdpr* | (email/marketing/contact/casl/dsgvo/rgpd/spam) compliance* | mailing (preference*/status/eligib*) | marketing (preference*/eligib*/permission*/clearance) | *eligib* | outreach (status/allowed/clearance) | email (clearance/eligib*/restrict*/preference*/policy) | contact (restrict*/clearance/allowed/rights) | do not* | dont* | restricted | restriction* | prohibited | legal hold | quarantine* | *blocked | banned
`);

const NEGATIONS = new Set(['not', 'non', 'no', 'never', 'nicht', 'kein', 'keine', 'isnt', 'without', 'un']);

/** Reads a header. `prefix` is what the e-mail column's name begins with (`lead.`, `Person - `), which tells nothing. */
export function readColumnName(header: string, prefix = ''): NameReading {
  const bare = prefix !== '' && header.startsWith(prefix) ? header.slice(prefix.length) : header;
  const words = withoutSuffix(foldedWords(bare));
  const none: NameReading = { kind: 'none', fact: false };
  const written = ` ${words.join(' ')} `;
  if (words.length === 0 || says(FREE_TEXT, written)) return none;
  if (says(OTHER_CHANNEL, written) && !says(MAIL, written.replace(OTHER_CHANNEL, ' '))) return none;
  if (THING_CHECKED.test(written) && !says(MAIL, written.replace(THING_CHECKED, ''))) return none;
  const last = words.at(-1) ?? '';
  if (KIND_OF_SUPPRESSION.test(written)) return { kind: 'suppression_type', fact: false };
  if (LISTS_WHAT_WAS_LEFT.test(written)) return { kind: 'opt_out', fact: true };
  if (ABOUT_THE_THING.test(last) || COUNTED.test(written)) return none;
  const time = isTime(words);
  const fact =
    time ||
    /^(reason|cause|why|\p{L}*grund|raison|motivo|motif|comment|feedback|details?|type|code|mode|enum|categories|types)$/u.test(
      last,
    ) ||
    /^(reason|cause|motif|motivo|raison|grund) /.test(written.trim());
  if (time && says(OF_A_CHECK, written) && !says(OPT_OUT, written) && !says(BOUNCE, written)) return none;
  const kind = kindOf(written);
  return { kind, fact: fact && (kind === 'opt_out' || kind === 'bounce') };
}

function kindOf(written: string): NameKind {
  if (says(DO_NOT, written) || says(DO_NOT_WRITE, written) || WHOLE_OPT_OUT.test(written)) return 'opt_out';
  if (says(NOT_A_PERSON, written) || WHOLE_NOT_A_PERSON.test(written)) return 'test_record';
  if (says(OPT_OUT, written)) return negated(OPT_OUT, written) ? 'consent' : 'opt_out';
  if (/^ (?:receives? )?(?:marketing|promotional|newsletter) emails? $/.test(written)) return 'consent';
  if (says(CONSENT, written)) return negated(CONSENT, written) ? 'opt_out' : 'consent';
  if (says(SOFT, written)) return 'none';
  if (
    says(VERIFIER_BRAND, written) &&
    !says(CATCH_ALL, written) &&
    !says(BAD_ADDRESS, written) &&
    !says(GOOD_ADDRESS, written)
  ) {
    return says(VERIFIER, written) || says(STATUS, written) ? 'verifier' : 'status';
  }
  if (says(BOUNCE, written)) return negated(BOUNCE, written) ? 'good_address' : 'bounce';
  if (says(CATCH_ALL, written)) return 'catch_all';
  if (/^ (?:is )?(?:abuse|fake|temporary) $/.test(written)) return 'bad_address';
  if (says(BAD_ADDRESS, written)) return negated(BAD_ADDRESS, written) ? 'good_address' : 'bad_address';
  if (says(GOOD_ADDRESS, written) || /^ (?:is )?safe $/.test(written))
    return negated(GOOD_ADDRESS, written) ? 'bad_address' : 'good_address';
  if (says(VERIFIER, written)) return 'verifier';
  if (says(STATUS, written)) return 'status';
  return says(SMELLS, written) ? 'smells' : 'unknown';
}

/** Whether a word right before the first match, or one before that, turns it round: `Not Unsubscribed`, `Is not bounced`. */
function negated(pattern: RegExp, written: string): boolean {
  const at = written.search(pattern);
  const before = written.slice(0, at).trim().split(' ').slice(-2);
  return before.some((word) => NEGATIONS.has(word));
}

/** Without a number or a short code that an export adds: `hs_email_optout_12345`, `Unsubscribed_c`. */
function withoutSuffix(words: string[]): string[] {
  const last = words.at(-1) ?? '';
  return words.length > 1 && (/^\d+$/.test(last) || /^[a-z]$/.test(last)) ? words.slice(0, -1) : words;
}

function isTime(words: readonly string[]): boolean {
  const last = words.at(-1) ?? '';
  if (/^(at|on|date|\p{L}*datum|time|timestamp|since|when|fecha|data|dato|day|ts)$/u.test(last)) return true;
  return /^(date|datum|fecha|data)$/.test(words[0] ?? '') && words.length > 1;
}
