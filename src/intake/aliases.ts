import { TEXT_FIELDS, type TextField } from '../lead.js';

/** What a column may be said to mean by `--map` and by the rules file's `fields:`. */
export type MappableField = 'email' | 'lead_score' | TextField | 'full_name' | 'city' | 'state' | 'country';

export const MAPPABLE_FIELDS: readonly MappableField[] = [
  'email',
  'lead_score',
  ...TEXT_FIELDS,
  'full_name',
  'city',
  'state',
  'country',
];

/** Every field that a column can be; `custom_fields` is an object of further fields. Stop signs: see stop-signs/. */
export type Meaning = MappableField | 'custom_fields';

/** Normalised headers (see normalizeHeader) of each meaning; the first has precedence. */
export const ALIASES: Readonly<Record<Meaning, readonly string[]>> = {
  email: ['workemail', 'email', 'emailaddress'],
  lead_score: ['leadscore', 'score'],
  first_name: ['firstname'],
  last_name: ['lastname'],
  full_name: ['fullname'],
  company: ['company', 'companyname', 'associatedcompany', 'companytabledata', 'organization', 'companynameforemails'],
  persona: ['persona'],
  title: ['jobtitle', 'title', 'role', 'position', 'currentjob'],
  phone: [
    'workdirectphone',
    'directphonenumber',
    'mobilephone',
    'corporatephone',
    'homephone',
    'otherphone',
    'companyhqphone',
    'phonenumber',
    'phone',
  ],
  website: ['website', 'websiteurl', 'companywebsiteurl', 'companydomain', 'domain'],
  location: ['location'],
  city: ['city', 'personcity'],
  state: ['state', 'state/region', 'personstate'],
  country: ['country', 'country/region'],
  linkedin_url: [
    'linkedinurl',
    'personlinkedinurl',
    'linkedincontactprofileurl',
    'linkedinprofile',
    'linkedinprofileurl',
    'linkedinurlpublic',
    'linkedin',
    'defaultprofileurl',
    'profileurl',
  ],
  company_url: ['companyurl'],
  source: ['source'],
  custom_fields: ['customfields'],
};

/** A known export: how it is recognised and where it differs from the table above. */
export interface KnownExport {
  name: string;
  /** Any one of these sets of normalised headers, complete, tells the export. */
  signatures: readonly (readonly string[])[];
  aliases?: Partial<Record<Meaning, readonly string[]>>;
  /** Normalised headers that tell nothing about the person and are left out. */
  ignored?: readonly string[];
}

/** In the order in which they are tried. */
const KNOWN_EXPORTS: readonly KnownExport[] = [
  { name: 'apollo', signatures: [['personlinkedinurl']] },
  { name: 'zoominfo', signatures: [['zoominfocontactid']] },
  { name: 'smartlead', signatures: [['campaignleadmapid']], ignored: ['campaignleadmapid'] },
  {
    name: 'drason',
    signatures: [['email', 'healthclassification', 'assignedcampaignid']],
    // Its own columns describe what became of a lead here, not the person; its status HELD says nothing to a new run.
    ignored: [
      'id',
      'organizationid',
      'organization',
      'status',
      'holdreason',
      'healthclassification',
      'healthscore',
      'assignedcampaignid',
      'pushattempts',
      'nextattemptat',
      'lasterror',
      'smartleadleadid',
      'createdat',
      'updatedat',
    ],
  },
  // A LinkedIn page of the company is no company site, so PhantomBuster's companyUrl stays a custom field.
  { name: 'phantombuster', signatures: [['vmid'], ['profileurl', 'fullname']], aliases: { company_url: [] } },
  { name: 'linkedin', signatures: [['url', 'connectedon']], aliases: { linkedin_url: ['url'] } },
  { name: 'evaboot', signatures: [['matchesfilters']] },
  { name: 'instantly', signatures: [['ltintereststatus']] },
  {
    name: 'lemlist',
    signatures: [
      ['isunsubscribed', 'linkedinurl'],
      ['isunsubscribed', 'companyname', 'timezone'],
    ],
  },
  {
    name: 'hunter',
    signatures: [['verification.status'], ['value', 'confidence'], ['emailaddress', 'confidence', 'domain']],
    aliases: { email: ['email', 'emailaddress', 'value'] },
  },
  {
    name: 'hubspot',
    signatures: [
      ['recordid', 'email'],
      ['leadstatus', 'lifecyclestage'],
      ['associatedcompany', 'leadstatus'],
      ['associatedcompany', 'lifecyclestage'],
    ],
    // Work email is a second address there; Email is the contact's own.
    aliases: { email: ['email', 'workemail'] },
  },
  {
    name: 'clay',
    signatures: [['companytabledata'], ['workemail', 'linkedinprofile'], ['workemail', 'companydomain']],
  },
];

/** The columns that drason's own rejects file adds. */
export const REJECTS_COLUMNS: readonly string[] = ['_line', '_reason', '_raw'];

const KNOWN_HEADERS = new Set([
  ...Object.values(ALIASES).flat(),
  ...['emailstatus', 'verificationstatus', 'isunsubscribed', 'unsubscribed', 'leadstatus', 'lifecyclestage', 'status'],
  ...KNOWN_EXPORTS.flatMap((known) => [
    ...known.signatures.flat(),
    ...Object.values(known.aliases ?? {}).flat(),
    ...(known.ignored ?? []),
  ]),
]);

/** Whether a normalised header is one of those that real exports use: what a delimiter is judged by. */
export function isKnownHeader(normalized: string): boolean {
  return KNOWN_HEADERS.has(normalized);
}

/** The export that has these normalised headers, if it is a known one. */
export function recognizeExport(normalized: readonly string[]): KnownExport | undefined {
  const present = new Set(normalized);
  return KNOWN_EXPORTS.find((known) => known.signatures.some((headers) => headers.every((name) => present.has(name))));
}
