/** What the gate knows by heart. Each list says where it comes from and why it is no longer. */
import { disposableEmailBlocklist } from 'disposable-email-domains-js';

/** Well-known disposable providers that the package does not list (last compared with its version 1.26). */
const MORE_DISPOSABLE = [
  'burnermail.io',
  'disposablemail.com',
  'mail.tm',
  'temp-mail.io',
  'temp.email',
  'tempemail.co',
  'tempmail.com',
  'tempmail.net',
  'throwaway.email',
];

/** Slips of big providers that the package lists: what is meant is plain, and the typo signal names it. */
const MERE_TYPOS = ['gmial.com', 'hotmial.com', 'hotmai.com'];

let disposable: Set<string> | undefined;

/** Whether the domain hands out throw-away mailboxes. */
export function isDisposable(domain: string): boolean {
  // A set of our own, built once: the package's functions build theirs of 9,000 domains anew at every call.
  if (!disposable) {
    disposable = new Set(disposableEmailBlocklist());
    for (const provider of MORE_DISPOSABLE) disposable.add(provider);
    for (const typo of MERE_TYPOS) disposable.delete(typo);
  }
  return disposable.has(domain);
}

/**
 * Mailboxes that belong to a task, not to a person: RFC 2142, then the usual business names. Exact names only:
 * `ceo`, `test` and `user` are missing on purpose, for one person reads them.
 */
const ROLES = new Set(
  `
  abuse ftp hostmaster info marketing news noc postmaster sales security support usenet uucp webmaster www

  all billing booking bookings career careers compliance contact contactus contact-us customercare customer-care
  customerservice customer-service customersupport devnull donotreply do-not-reply dpo enquiries enquiry everyone
  events facilities feedback finance gdpr hello help helpdesk help-desk hi hiring hr humanresources inquiries inquiry
  invoice invoices invoicing it jobs legal list list-request logistics mail mailer-daemon maintenance media members
  membership newsletter nobody noreply no-reply office operations ops order orders partner partners partnership
  partnerships payments payroll phishing pr press privacy procurement purchasing reception recruiting recruitment
  registration request requests reservation reservations returns root service services shipping shop spam staff
  subscribe subscriptions sysadmin talent team tech technical techsupport undisclosed-recipients unsubscribe warehouse
  web webadmin welcome accounting accounts accountspayable accountsreceivable ap ar admin administration
  administrator ads advertising

  anfrage auftrag bestellung bewerbung buchhaltung buero büro datenschutz einkauf empfang kontakt kundenservice
  personalabteilung rechnung rechnungen sekretariat verkauf versand vertrieb verwaltung zentrale
  accueil achats commercial communication compta comptabilite direction facturation recrutement rh secretariat ventes
  administracion atencionalcliente compras comunicacion contabilidad contacto facturacion informacion pedidos rrhh
  soporte ventas amministrazione assistenza commerciale contatti fatturazione ordini segreteria ufficio vendite
  administratie inkoop klantenservice verkoop
  biuro contato financeiro sekretariat vendas
`
    .trim()
    .split(/\s+/),
);

/** The task a local part belongs to, or undefined. What follows a `+` is only a tag: `info+fair` is `info`. */
export function roleOf(local: string): string | undefined {
  const plus = local.indexOf('+');
  const name = plus === -1 ? local : local.slice(0, plus);
  return ROLES.has(name) ? name : undefined;
}

/**
 * Top-level domains with a bad reputation. The first eight: the highest shares of phishing domains in Interisle's
 * "Phishing Landscape 2025" (May 2024 to April 2025), ten times that of .com and more; .cyou for its place in their
 * five-year ranking. The last five: given away by Freenom until 2023, for years at the top of Spamhaus' "most abused
 * TLDs". Left out although listed there: .xyz, .shop, .online, .info, .cc, .pro and the like, under which many real
 * companies live.
 */
const BAD_TOP_LEVELS = new Set([
  'bond',
  'cfd',
  'cyou',
  'icu',
  'lol',
  'sbs',
  'top',
  'xin',
  'cf',
  'ga',
  'gq',
  'ml',
  'tk',
]);

/**
 * Whether a public suffix has a bad reputation. It takes the suffix, not the last label, so that `gouv.ml` or `com.ml`,
 * where registration is checked, are spared.
 */
export function hasBadReputation(suffix: string): boolean {
  return BAD_TOP_LEVELS.has(suffix);
}

function each(name: string, endings: string): string[] {
  return endings.split(' ').map((ending) => `${name}.${ending}`);
}

/** Mailbox providers so big that a domain one letter away is more likely a slip than a company. */
export const BIG_PROVIDERS: readonly string[] = [
  'aol.com',
  'gmail.com',
  ...each('googlemail', 'com de co.uk'),
  ...each('hotmail', 'com at be ca ch cl co.in co.jp co.nz co.th co.uk com.ar com.au com.br com.mx com.tr cz de dk es'),
  ...each('hotmail', 'fi fr gr hu ie it nl no pl pt ro ru se sg'),
  'icloud.com',
  ...each('outlook', 'com at be cl co.id co.il co.nz co.th com.ar com.au com.br com.gr com.pe com.tr com.vn cz de dk'),
  ...each('outlook', 'es fr hu ie in it jp kr lv my ph pt sa sg sk'),
  ...each('protonmail', 'com ch'),
  'proton.me',
  'rocketmail.com',
  ...each('yahoo', 'com at be bg ca ch cl cn co.id co.il co.in co.jp co.kr co.nz co.th co.uk co.za com.ar com.au'),
  ...each('yahoo', 'com.br com.cn com.co com.hk com.mx com.my com.pe com.ph com.sg com.tr com.tw com.ve com.vn cz de'),
  ...each('yahoo', 'dk ee es fi fr gr hr hu ie in it lt lv nl no pl pt ro rs ru se si sk'),
];

/** Never "corrected": the providers themselves and real companies one letter away from them (Gail, Grail, Photon). */
export const KNOWN_DOMAINS: ReadonlySet<string> = new Set([...BIG_PROVIDERS, 'gail.com', 'grail.com', 'photon.me']);
