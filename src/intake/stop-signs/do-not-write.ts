/** How a header or a cell says that nobody may write to a person: a negation, words between, a verb of writing. */

interface Language {
  not: string;
  /** Words that may stand between, such as the mail itself: `keine E-Mails mehr senden`. */
  between: string;
  /** What one does to the person; participles are left out, because `nicht kontaktiert` is only not done yet. */
  verbs: string;
}

const LANGUAGES: readonly Language[] = [
  {
    not: 'do not|does not|please not|pls not|must not|should not|may not|shall not|dont|doesnt|not to|never',
    between: 'ever|want|wish|like|to|further|again|any|more|bulk',
    verbs:
      'contact|email|emails|mail|mails|send|market|message|reach|disturb|solicit|sell|allow|use|engage|pursue|approach|write|prospect|sequence|target|process|spam|receive|be (?:contacted|emailed|mailed|messaged|marketed|approached)',
  },
  {
    not: 'nicht|keine|keinen|kein|nie|niemals',
    between:
      'mehr|per|via|email|emails|mail|mails|werbung|newsletter|marketing|weitere|weiter|zu|an|wieder|werblich|werbemails?|kontakt|kontaktaufnahme',
    verbs:
      'kontaktieren|anschreiben|anmailen|mailen|emailen|schreiben|senden|schicken|versenden|zusenden|zuschicken|bewerben|ansprechen|belastigen|erwunscht|gewunscht|erhalten|aufnehmen|(?:kontaktiert|angeschrieben|angemailt|angesprochen) werden',
  },
  {
    not: 'ne (?:pas|plus|jamais)|ne (?:souhaite|souhaitent|veut|veulent|desire|doit) (?:pas|plus|jamais)',
    between: 'le|la|les|lui|leur|me|nous|etre|jamais|par|de|d|mails?|emails?',
    verbs:
      'contacter|contactee?|ecrire|envoyer|solliciter|sollicitee?|demarcher|relancer|mailer|prospecter|deranger|recevoir|adresser',
  },
  {
    not: 'no|nunca',
    between: 'se|le|les|lo|la|me|mas|volver|a|por|favor|desea|desean|quiere|quieren|debe|ser|que',
    verbs: 'contactar|contactarl[oae]s?|enviar|enviarle|envien|escribir|escribirle|molestar|mandar|recibir|contacten',
  },
  {
    not: 'no|nunca',
    between: 'mas|desea|desean|quiere|quieren|debe|ser',
    verbs: '(?:ser) contactad[oa]',
  },
  {
    not: 'non|mai',
    between: 'piu|si|gli|le|lo|la|ci|mi|vuole|vogliono|desidera|desiderano|deve|per|favore',
    verbs:
      'contattare|contattarl[oaei]|inviare|inviargli|scrivere|scrivergli|disturbare|mandare|spedire|ricevere|importunare|essere contattat[oaie]',
  },
  {
    not: 'nao|nunca',
    between: 'mais|se|lhe|me|por|favor|quer|querem|deseja|desejam|deve',
    verbs: 'contatar|contactar|enviar|escrever|perturbar|incomodar|mandar|receber|abordar|ser conta[c]?tad[oa]',
  },
  {
    not: 'niet|geen|nooit',
    between: 'meer|per|via|mail|mails|email|emails|nieuwsbrief|nieuwsbrieven|reclame|marketing|te|contact|worden',
    verbs:
      'mailen|emailen|sturen|versturen|toesturen|benaderen|contacteren|aanschrijven|schrijven|verzenden|ontvangen|storen|opnemen|benaderd worden|gecontacteerd worden|gemaild worden',
  },
  {
    not: 'nie|nigdy',
    between: 'sie|wiecej|do|maili|emaili|juz',
    verbs: 'kontaktowac|kontaktuj|wysylac|wysylaj|przysylac|mailowac|pisac|pisz|chce otrzymywac',
  },
  {
    not: 'ikke|ej|inte|aldrig|aldri',
    between: 'mer|mere|mail|email|epost|lengre|langre|langere|bli|bor|far|ma',
    verbs:
      'kontakta|kontaktas|kontaktes|kontakte|kontakt|skicka|skickas|send|sende|sendes|maila|mejla|maile|mailes|skriv|skrive|skriva',
  },
  {
    not: 'kontakta|kontakt|skicka|send|maila|mejla|skriv',
    between: 'mail|email|epost|langre|lengre',
    verbs: 'ej|inte|ikke',
  },
];

/** Things to send that are no mail: `Do not send invoices`, `Non inviare fatture`. */
const NO_MAIL =
  '(?! (?:(?:de|des|du|d|any|the|a|an|la|le|les|una|un|die|den|via|by|per|par|por|with|on|to) )?(?:invoice|fattur|factur|fatur|rechnung|sms|whatsapp|fax|post|paper|letter|brief|courrier|sample|gift|swag|catalog|katalog|brochure|text|push|phone|call|linkedin))';

/** Finds such an order in words made by `spacedWords`. */
export const DO_NOT_WRITE = new RegExp(
  LANGUAGES.map(({ not, between, verbs }) => ` (?:${not})(?: (?:${between}))* (?:${verbs})(?= )`)
    .map((order) => `${order}${NO_MAIL}`)
    .join('|'),
  'gu',
);
