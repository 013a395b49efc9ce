/** What the words of a cell say about mailing a person, whatever column they are in. */
import { DO_NOT_WRITE } from './do-not-write.js';
import { phrases, spacedWords } from './words.js';

/** What a cell says. `review`: somebody has to look; `valid` and `clear` let pass. */
export type Sign =
  | 'opted_out'
  | 'bounced'
  | 'invalid'
  | 'no_consent'
  | 'not_to_mail'
  | 'unclear'
  | 'risky'
  | 'valid'
  | 'clear';

/** From the strictest to the mildest: of several signs the first counts. */
export const STRICTEST_FIRST: readonly Sign[] = [
  'opted_out',
  'bounced',
  'invalid',
  'not_to_mail',
  'no_consent',
  'unclear',
  'risky',
  'valid',
  'clear',
];

/** The stricter of two signs. */
export function stricter(a: Sign | undefined, b: Sign | undefined): Sign | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return STRICTEST_FIRST.indexOf(a) <= STRICTEST_FIRST.indexOf(b) ? a : b;
}

const NOT = '(not/never/no/non/isnt/wasnt/nicht/kein/keine/pas/sin/niet/nie/ej/inte/ikke/ei/nao/nunca)';

/** A sign that the words before turn round: these are taken out before anything else is looked for. */
const NEGATED_STOPS = phrases(`
  ${NOT} (yet/been/currently)~(unsub*/opt~out/opted~out/bounced/black~listed/block~listed/suppressed/blocked)
  ${NOT} (unsub*/opt~out/opted~out/hard~bounce*/bounce*/black~listed/block~listed/suppressed/blocked/disposable/risky)
  ${NOT} (spam~trap/abuse/catch~all/accept~all/abgemeldet/desabonne*/desinscrit*)
  ${NOT} (verified/yet verified/checked/tested) | no hard bounce* | no soft bounce* | no longer (unsubscribed/opted~out/bounced/blocked/suppressed)
  no contact (yet/made/info*/details/person/name/found/since)
`);
const SOFT_BOUNCES = phrases(`
  soft~bounc* | sender originated bounce* | transient bounce* | temporary bounce* | temporarily bounced | bounce soft
  bounced soft | soft bounced
`);
const NOT_VALID = phrases(`
  ${NOT} (a~valid/valid/valida/valido/gecerli/geldig/giltig/gyldig/deliverable/mailable/emailable/zustellbar/gultig/valide/livrable/gueltig)
  (no es/nao e/non e/nest pas/ne pas/is niet/jest nie/ist nicht/nie jest/ar inte/er ikke) (valid*/verified/zustellbar/gultig/geldig/poprawn*/giltig/gyldig/verificado/entregable)
  (no/nao/non/nie) (existe/esiste/istnieje) | nexiste pas | existiert nicht | bestaat niet | finns inte | findes ikke | eksisterer ikke | не существует | ${NOT} (safe to send) | does not (exist/accept*) | doesnt exist | cannot receive*
`);
const NO_CONSENT = phrases(`
  ${NOT} (subscribed/opted~in/opt~in/permitted/consented/agreed/allowed/marketable/contactable/confirmed/consent)
  ${NOT} (permission/opt~in given/consent given) | non marketing* | nonmarketing* | not marketing* | unconsented
  not confirmed | unconfirmed | pending confirmation | consent (missing/expired/required/needed/denied/refused/pending)
  (keine/ohne) (einwilligung/zustimmung) | (pas de/sans) consentement | sin consentimiento | senza consenso
`);

const OPTED_OUT = phrases(`
  unsub* | *unsubscri* | unsuscri* | take me off* | opt~out | opt~outs | opted~out* | opting~out | optedoutof*
  do~not~(contact/email/mail/send/market/message)* | dont~(contact/email/mail/send/market/message)* | donotcontact*
  (does/do) not want* | doesnt want* | dnc | dne | d n c | d n e
  (stop/cease) (contact*/email*/mail*/messag*/sending/outreach/marketing) | asked us to stop | asked to stop
  no~more (contact/email/emails/mail/mails/mailing/mailings/marketing/outreach) | no~(emails/mailings/outreach/marketing)
  no~contact | no~email~please | no email marketing | no marketing email* | no further (contact/emails/mails)
black~listed | block~listed | spam complaint* | reported (as~spam/spam)
  marked (as~spam/spam) | mark as spam | spam report* | remove from (list/all/mail*/email*/campaign*)
  removed from (list/all/mail*/email*/campaign*) | (asked/requested/wants) (removal/to be removed/deletion/erasure)
  removal request* | (requested/asked) to unsub* | (gdpr/dsgvo/rgpd) (delete*/eras*/remov*/objection/request/forget*) | right to (be forgotten/object/erasure)
consent (withdrawn/revoked/withdrawal) | (withdrew/revoked) consent
globally (unsub*/suppressed/blocked) | permanently (unsub*/suppressed/blocked)
  abgemeldet* | abbestellt
  nicht mehr kontaktiert | keine (werbung/mails/emails/newsletter/kontaktaufnahme) | bitte nicht mehr *
  desabonn* | desinscri* | plus demails | (pas/plus) de (mails/emails/courriels/prospection/sollicitation*)
  dado de baja | dada de baja | de baja | desuscri* | cancelo suscripcion
  disiscri* | annullat* iscri* | descadastr* | removido da lista | cancelou a inscricao | desinscrito
  uitgeschreven | afgemeld | uitschrijv*
  wypisan* | wypisal* | avregistrer* | avprenumerer* | avanmald* | avmeldt | avmeld* | afmeldt | frameldt
  peruutettu | ala (ota yhteytta/laheta) | ei saa (ottaa/lahettaa)*
  отпис* | не (контакт*/писать/беспокоить/отправлять/связываться)
  abonelikten* | abonelik iptal* | iletisim~kurma* | odhlas* | nekontakt* | neposilat
`);
/** An opt-out where the column is about statuses or opt-outs; elsewhere it may be a line of business or a place. */
const OPTED_OUT_STATUS = phrases(`
  black~list | black~lists | abuse (report*/complain*) | block~list | block~lists | deny~list* | stop~list* | suppress | suppressed | suppression
  suppressions | email suppress* | complaint | complaints | complained | complainer | remove me | remove | forget me
  delete my data | objected* | withdrawn | revoked | abmeldung | ausgetragen | widerspruch | widersprochen | werbesperre
  mailsperre | gesperrt | oppose* | liste noire | baja | lista negra | lista nera | cancellato | cancellata | zwarte lijst
  czarna lista | rezygnacja | kara liste | cerna listina | estolista | svartlistad | svartelistet | avslutat*
  черныи список | черном списке
`);
const BOUNCED = phrases('bounced | *hardbounce* | hard~bounc* | permanently bounced | unzustellbar | nicht zustellbar');
const BOUNCED_STATUS = phrases(`
  bounc* | cleaned | unzustellbar* | rebote* | rebotad* | non recapit* | niezdost* | retourne* | returned mail
  mail returned | (mail/email)* delivery (failed/failure) | mailer daemon | ndr | onbestelbaar | failed permanently | permanently failed | permanent (failure/fail/error) | studsa*
`);
/** Unmistakable wherever they stand: the address does not work. */
const UNMISTAKABLY_INVALID = phrases(`
  *undeliver* | not~deliverable | spam~trap* | honey~pot*
  possible trap | global~suppression | mailbox (not~found/disabled/unavailable/does not exist) | mailboxnotfound | no~mailbox | no such (user/mailbox)
  email (disabled/invalid/not found/does not exist) | do~not~mail | do~not~send | no~mx* | no~dns* | mx~error
  dns~error | invalid~(email/domain/mailbox/syntax/smtp/mx/address/mail) | unroutable* | failed syntax* | syntax error | bad syntax
  (user/recipient) unknown | unknown (email/user/recipient) | unknown_email | address rejected | does not accept* | rejected email
`);
const INVALID_STATUS = phrases(
  'invalid | abuse | invalide | invalido | invalida | ungultig | ungueltig | ongeldig | ogiltig | ugyldig | niepoprawn* | nieprawidlow* | gecersiz | neplatn* | virheellinen | невалид* | недействит*',
);
/** A verifier's words for an address that must not be mailed; elsewhere they may be about a deal or a task. */
const VERIFIER_INVALID = phrases(`
  disposable* | toxic* | rejected* | global suppression | temporary mail* | temp mail* | throw~away
  fake | gibberish | possible typo | unsafe | not safe | domain (not found/error/expired/does not exist) | parked*
  ${NOT} (safe/ok/accepted/existing/working/active) | no (such)* domain | mailbox unavailable | account disabled | does~not~exist | not~found | nonexist*
`);
/** Only as the whole text of a verifier's cell. */
const WHOLE_INVALID = words(`
  complainers litigator litigators screamer screamers seed bot bad ko nok fail failed temporary blocked rejected unavailable disabled fail failure error500 reject hard
  invaliddomain invalidsyntax unusable false no trap spam malformed nein
`);
const CATCH_ALL = phrases('catch~all* | *catchall* | accept~all* | accepts~all* | ok~for~all');
const RISKY = phrases(`
  risky | risk | high risk | medium risk | unverifiable
  (mailbox/inbox/account) (full/over quota/quota exceeded) | mailbox quota exceeded | over~quota | full~(mailbox/inbox)
  no longer verified | extrapolated | guessed | low (deliverability/quality/confidence) | questionable | suspicious
  riskant | risque | arriesgado | rischioso | arriscado | (mailbox/inbox) is full | unlikely | probable | probably* | uncertain | unsure | likely* | inferred | maybe | unstable | doubtful
`);
const VALID = phrases(`
  valid | valide | valido | valida | geldig | giltig | gyldig | poprawny | prawidlowy | gecerli | platny | gultig | gueltig | verified | deliverable | safe | safe to send | good | ok | okay | ultra sure | very sure | sure
  accepted | accepted email | confirmed | exists | working | active | passed | pass | success | clean | correct | gold
  nominative | subscribed | opted~in | opt~in | allow | allowed | low risk | validated | true | certain | zustellbar
  marketing contact | single opt~in | double opt~in | reachable | mailable | emailable | deliverable*
`);
/** Words with which verifiers say that they could not tell, or something that says nothing about mailing. */
const NEUTRAL = words(`
  unknown unverified notverified pending processing queued notchecked unchecked timeout timeoutexceeded greylisted
  graylisted antispam antispamsystem smtperror smtp smtpprotocol temporaryerror mailservertemporaryerror
  mailservererror connectionerror connectionfailed failedsmtpconnection forcibledisconnect exception exceptionoccurred
  unexpectederror noconnect noreply role rolebased roleaccount rolebasedcatchall free freeemail generic pro perso
  random alias aliasaddress alternate leadingperiodremoved softbounce soft new none other notavailable noresult
  noresponse error retry duplicate skipped webmail business professional personal dnserrortemporary servererror
  unavailablesmtp mailserverdidnotrespond relayerror errorcredit dnsquerytimeout servertemporaryunavailable attemptrejected undetermined indeterminate inconclusive couldnotverify cannotverify unabletoverify notdetermined catchallconnectionfailure userdefined noemailfound noemail noworkemailfound na lowconfidence nominative catchalltested contact lead customer sent delivered opened clicked replied
  found enriched matched emailfound scheduled draft noreplyyet finished completed inprogress inactive open closed started
`);
const NOT_TO_MAIL = phrases(`
  left (the~company/company/firm/organization/org/business/job/employer) | has left* | (he/she/they) left
  (person/contact/lead) (left/moved/has left/has moved)* | has moved (to/on)* | moved (company/companies/jobs) | moved to (a new/another/new) (job/company/role)
  no longer (with/at/employed/works/working/there/in/part) * | no longer (employed/there) | not (at/with) (the company/company)
  wrong (person/contact/email/address)
  changed (job/jobs/company/companies) | job changed | nicht mehr im unternehmen* | hat das unternehmen verlassen
  falsche person | falscher ansprechpartner | ya no trabaja* | non lavora piu | niet meer werkzaam
`);
const NOT_TO_MAIL_STATUS = phrases(`
  deceased | passed away | ex employee | former employee | retired | dead | dead lead | junk | junk lead | moved on | quit | test (lead/contact/record/user) | bad (data/contact) | gone away
  ausgeschieden | verlassen | verstorben | a quitte* | parti | decede | se fue* | fallecido | overleden
`);

/** Words about something other than e-mail, such as `invalid phone`. */
const OF_ANOTHER_CHANNEL = phrases(`
  (invalid/wrong/bad/disconnected/blocked) (phone/number/mobile/telephone/tel/fax/website/url/linkedin/vat/tax/license/zip)*
  (do not/dont/never/no) (call/calls/phone/text/sms/fax/visit)* | (phone/call/sms/text/fax) (opt~out/opted~out/unsub*)
  baja california* | (fire/noise/flame/dust/weed) suppress* | donot(call/text/sms/fax)* | stop (calling/texting)
`);

/** Where words have to stand to be believed: in any column, in one for statuses, or only in a verifier's. */
export type Strength = 'anywhere' | 'status' | 'verifier';

/** What a cell's words say. */
export interface WordReading {
  sign: Sign;
  strength: Strength;
}

/**
 * Reads a verifier's, a CRM's or a sequencer's words, negation first. Undefined: none of them is known. The strictest
 * counts: `accept_all_unverifiable` is risky, `nominative@invalid` invalid, `UNSUBSCRIBED;BOUNCED` an opt-out.
 */
export function readWords(text: string): WordReading | undefined {
  const written = spacedWords(text);
  const whole = written.replaceAll(' ', '');
  if (NEUTRAL.has(whole)) return { sign: 'clear', strength: 'verifier' };
  if (whole === 'stop') return { sign: 'not_to_mail', strength: 'status' };
  if (whole === 'removed') return { sign: 'opted_out', strength: 'status' };
  if (whole === 'blocked') return { sign: 'invalid', strength: 'status' };
  if (WHOLE_INVALID.has(whole)) return { sign: 'invalid', strength: 'verifier' };
  let found: WordReading | undefined;
  const note = (sign: Sign, strength: Strength) => {
    if (found === undefined || stricter(found.sign, sign) !== found.sign) found = { sign, strength };
  };
  let rest = written;
  // Each taken out of the text, so that what is left is not read once more as its opposite.
  const takeOut = (pattern: RegExp, sign: Sign, strength: Strength) => {
    const without = rest.replace(pattern, '');
    if (without === rest) return;
    note(sign, strength);
    rest = without;
  };
  takeOut(OF_ANOTHER_CHANNEL, 'clear', 'anywhere');
  takeOut(SOFT_BOUNCES, 'clear', 'anywhere');
  takeOut(NEGATED_STOPS, 'clear', 'anywhere');
  takeOut(NOT_VALID, 'invalid', 'status');
  takeOut(NO_CONSENT, 'no_consent', 'status');
  takeOut(UNMISTAKABLY_INVALID, 'invalid', 'anywhere');
  takeOut(INVALID_STATUS, 'invalid', 'status');
  takeOut(DO_NOT_WRITE, 'opted_out', 'anywhere');
  takeOut(OPTED_OUT, 'opted_out', 'anywhere');
  takeOut(OPTED_OUT_STATUS, 'opted_out', 'status');
  takeOut(BOUNCED, 'bounced', 'anywhere');
  takeOut(BOUNCED_STATUS, 'bounced', 'status');
  takeOut(NOT_TO_MAIL, 'not_to_mail', 'anywhere');
  takeOut(NOT_TO_MAIL_STATUS, 'not_to_mail', 'status');
  takeOut(VERIFIER_INVALID, 'invalid', 'verifier');
  takeOut(CATCH_ALL, 'risky', 'anywhere');
  takeOut(RISKY, 'risky', 'verifier');
  takeOut(VALID, 'valid', 'verifier');
  return found;
}

function words(list: string): ReadonlySet<string> {
  return new Set(list.trim().split(/\s+/));
}
