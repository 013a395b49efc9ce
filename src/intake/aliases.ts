import { TEXT_FIELDS, type TextField } from '../lead.js';
import { foldHeader } from './headers.js';

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

/** Folded headers (see foldHeader) of each meaning; the first has precedence. */
export const ALIASES: Readonly<Record<Meaning, readonly string[]>> = {
  email: ['workemail', 'email', 'emailaddress'],
  lead_score: ['leadscore', 'score'],
  first_name: words(`
    firstname givenname namefirst namegiven forename fname vorname rufname prenom voornaam roepnaam imie fornamn fornavn etunimi jmeno
    primeironome nombredepila adi имя 名
  `),
  last_name: words(`
    lastname surname familyname namelast namefamily lname nachname familienname zuname nomdefamille apellido apellidos cognome sobrenome
    apelido apelidos achternaam nazwisko efternamn etternavn efternavn sukunimi prijmeni soyad soyadi фамилия 姓
  `),
  full_name: words(`
    fullname namefull contactfullname nomcomplet prenomnom nomprenom prenometnom nometprenom nombrecompleto nombreyapellido
    nombreyapellidos nomecompleto nomecognome nomeecognome volledigenaam imieinazwisko vorundnachname vornachname
    vollstandigername fullstandigtnamn fuldenavn jmenoaprijmeni adsoyad фио 氏名 姓名
  `),
  company: words(`
    company companyname associatedcompany companytabledata organization companynameforemails organizationname
    organisation organisationname companyaccount accountname accountcompany currentcompany currentcompanyname employer
    employername currentemployer companyororganization businessname companylegalname contactcompany personcompany
    leadcompany firma firmenname firmaname unternehmen unternehmensname arbeitgeber betrieb societe nomdelasociete
    entreprise nomdelentreprise nomentreprise raisonsociale empresa nombredelaempresa nombredeempresa nomedaempresa
    razonsocial razaosocial compania azienda nomeazienda societa ragionesociale bedrijf bedrijfsnaam organisatie
    nazwafirmy foretag foretagsnamn bolag virksomhed virksomhet firmanavn bedrift yritys spolecnost nazevspolecnosti
    sirket sirketadi компания организация 会社名 会社 公司
  `),
  persona: ['persona', 'buyerpersona'],
  title: words(`
    jobtitle title role position currentjob currentjobtitle currenttitle currentposition currentrole jobposition jobrole
    persontitle contacttitle contactjobtitle organizationtitle organisationtitle designation occupation jobtitel
    berufsbezeichnung positionsbezeichnung stellenbezeichnung funktion stelle titel poste intituledeposte
    intituleduposte titreduposte fonction titre cargo puesto puestodetrabajo ruolo qualifica mansione posizione posicao
    funcao functie functietitel functienaam stanowisko befattning yrkestitel stilling stillingsbetegnelse titteli pozice
    unvan должность 役職 职位
  `),
  phone: words(`
    workdirectphone directphonenumber mobilephone corporatephone homephone otherphone companyhqphone phonenumber phone
    directphone directdial primaryphone businessphone workphone phonework phonemobile phone1value cellphone mobile
    mobilenumber telephone telephonenumber telefon telefonnummer mobiltelefon mobilnummer handy handynummer portable
    telefono telefone celular movil cellulare telefoon telefoonnummer gsm puhelin телефон 電話番号
  `),
  website: words(`
    website websiteurl companywebsiteurl companydomain domain companywebsite organizationwebsiteurl organizationdomain
    website1value webpage webseite homepage siteweb siteinternet sitioweb paginaweb sitoweb strona
  `),
  location: ['location', 'standort', 'ubicacion'],
  city: words('city personcity businesscity stadt ort wohnort ville ciudad citta cidade stad miasto'),
  state: words('state stateregion personstate stateprovince businessstate bundesland provincia'),
  country: words('country countryregion personcountry businesscountryregion land pays pais paese kraj'),
  linkedin_url: words(`
    linkedinurl personlinkedinurl linkedincontactprofileurl linkedinprofile linkedinprofileurl linkedinurlpublic linkedin
    defaultprofileurl profileurl
  `),
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

/**
 * Headers that are a full name only where no other column is a name. Beside a first name they are the last name, beside
 * a last name the first (`Vorname; Name`, `Prénom; Nom`, `Nombre; Apellidos`).
 */
export const NAME_ALIASES = words('name nom nombre nome naam namn navn nimi isim');

/** Headers that are a full name only where no other column is a name, and otherwise say nothing. */
export const WHO_ALIASES = words(`
  contactname displayname contact leadname personname person customername clientname prospectname contactpersonname kontakt
  kontaktname kontaktperson ansprechpartner contactperson contactpersoon contacto nombredecontacto contatto contato
  interlocuteur fileas
`);

/** A CRM's own names for the score: `HubSpot Score`, `Lead Scoring`, `Lead Rating Score`, `Score (lead)`. */
const SCORE =
  /^(?:(?:total|overall|current|my)?(?:hubspot|hs|lead|leads|prospect|crm|pardot|marketo|salesforce|zoho)+(?:rating)?(?:score|scoring)(?:value|total|points)?|(?:score|scoring)(?:of)?(?:the)?leads?)$/;

/** Whether a folded header names a lead's score, by whatever tool's name. */
export const isScoreHeader = (folded: string): boolean => SCORE.test(folded);

const KNOWN_HEADERS = new Set([
  ...NAME_ALIASES,
  ...WHO_ALIASES,
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
  return KNOWN_HEADERS.has(normalized) || KNOWN_HEADERS.has(foldHeader(normalized));
}

/** The export that has these normalised headers, if it is a known one. */
export function recognizeExport(normalized: readonly string[]): KnownExport | undefined {
  const present = new Set(normalized);
  return KNOWN_EXPORTS.find((known) => known.signatures.some((headers) => headers.every((name) => present.has(name))));
}

function words(list: string): readonly string[] {
  return list.trim().split(/\s+/);
}
