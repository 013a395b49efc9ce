import { describe, expect, it } from 'vitest';
import { readText } from '../read-all.js';

/** Whole exports with the columns that their tools document, of people whom nothing in them stops. */
const EXPORTS: Readonly<Record<string, string>> = {
  hubspot: `Record ID,First Name,Last Name,Email,Phone Number,Contact owner,Job Title,Company name,Lead Status,Lifecycle Stage,Marketing contact status,Unsubscribed from all email,Opted out of email: One to One,Email hard bounce reason,Invalid email address,Email Domain,Email Confirmation Status,Marketing emails opened,Marketing emails bounced,Legal basis for processing contact's data,Number of Pageviews,Original Source
51,Ada,Byrne,ada@kestrel-freight.com,,Kim,VP Sales,Kestrel,New,Lead,Marketing contact,,,,false,kestrel-freight.com,,12,0,Legitimate interest – prospect/lead,3,Organic Search
52,Bo,Chen,bo@lumen-row.io,,Kim,CTO,Lumen Row,Open Deal,Opportunity,Marketing contact,false,false,,false,lumen-row.io,Confirmed,0,0,Freely given consent from contact,1,Offline Sources`,
  salesforce: `Lead Owner,First Name,Last Name,Title,Company / Account,Email,Email Opt Out,Fax Opt Out,Do Not Call,Email Bounced Reason,Email Bounced Date,Lead Source,Lead Status,Rating,Converted,Unread By Owner,Data.com Key
Kim,Ada,Byrne,VP Sales,Kestrel,ada@kestrel-freight.com,0,1,1,,,Web,Open - Not Contacted,Hot,0,1,
Kim,Bo,Chen,CTO,Lumen Row,bo@lumen-row.io,false,false,false,,,Partner Referral,Working - Contacted,Warm,0,0,`,
  pipedrive: `Person - Name,Person - Organization,Person - Email - Work,Person - Marketing status,Person - Label,Person - Owner,Person - Open deals,Person - Email messages count
Ada Byrne,Kestrel,ada@kestrel-freight.com,Subscribed,Hot lead,Kim,1,12
Bo Chen,Lumen Row,bo@lumen-row.io,Subscribed,,Kim,0,0`,
  zoho: `Record Id,Lead Owner,Company,First Name,Last Name,Designation,Email,Secondary Email,Email Opt Out,Lead Source,Lead Status,Rating,Unsubscribed Mode,Unsubscribed Time,Tag,Is Converted,Locked
zcrm_1,Kim,Kestrel,Ada,Byrne,VP Sales,ada@kestrel-freight.com,,false,Trade Show,Attempted to Contact,Active,,,,false,false
zcrm_2,Kim,Lumen Row,Bo,Chen,CTO,bo@lumen-row.io,,false,Web Download,Contact in Future,Acquired,,,vip,false,false`,
  outreach: `First Name,Last Name,Email,Title,Company,Stage,Owner,Tags,Opted Out,Email Opted Out,Call Opted Out,Opens,Clicks,Replies,Engaged At,Touched At,Persona,Timezone
Ada,Byrne,ada@kestrel-freight.com,VP Sales,Kestrel,Cold,Kim,"q3, freight",false,false,true,3,1,0,2025-01-01,2025-02-01,Buyer,America/New_York
Bo,Chen,bo@lumen-row.io,CTO,Lumen Row,Replied,Kim,,false,false,false,0,0,1,,,User,Europe/Berlin`,
  instantly: `email,first_name,last_name,company_name,status,lt_interest_status,verification_status,email_open_count,email_reply_count,esp_code
ada@kestrel-freight.com,Ada,Byrne,Kestrel,3,1,1,2,1,1
bo@lumen-row.io,Bo,Chen,Lumen Row,1,0,1,0,0,2`,
  lemlist: `email,firstName,lastName,companyName,jobTitle,linkedinUrl,isUnsubscribed,timezone,status,lastState,emailStatus
ada@kestrel-freight.com,Ada,Byrne,Kestrel,VP Sales,https://linkedin.com/in/a,false,Europe/Paris,Contacted,emailsOpened,deliverable
bo@lumen-row.io,Bo,Chen,Lumen Row,CTO,,FALSE,Europe/Paris,Interested,emailsReplied,deliverable`,
  mailchimp: `Email Address,First Name,Last Name,Company,MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,CONFIRM_IP,LATITUDE,TIMEZONE,CC,REGION,LAST_CHANGED,LEID,EUID,NOTES,TAGS
ada@kestrel-freight.com,Ada,Byrne,Kestrel,4,2024-01-02 10:00:00,1.2.3.4,2024-01-02 10:05:00,1.2.3.4,,,us,CA,2025-01-01 00:00:00,1,a1,,"""customer"""
bo@lumen-row.io,Bo,Chen,Lumen Row,2,,,2024-01-02 10:05:00,1.2.3.4,,,de,BE,2025-01-01 00:00:00,2,a2,asked about pricing,`,
  activecampaign: `Email,First Name,Last Name,Phone,Contact Status,Lists,Tags,Account,Score,Date Created,Double Opt-In,Last Open,Bounced Soft,Bounced Hard
ada@kestrel-freight.com,Ada,Byrne,,Active,Newsletter,vip,Kestrel,12,2025-01-01,Yes,2025-02-01,1,0
bo@lumen-row.io,Bo,Chen,,Active,Newsletter,,Lumen Row,3,2025-01-01,Yes,,0,0`,
  evaboot: `First Name,Last Name,Email,Email Status,Current Job,Company Name,Company Website URL,Matches Filters,No Match Reasons,Is Premium,Linkedin URL Public,Prospect Headline
Ada,Byrne,ada@kestrel-freight.com,safe,VP Sales,Kestrel,https://kestrel-freight.com,YES,,TRUE,https://linkedin.com/in/a,Bouncing back from failed deliveries since 2001
Bo,Chen,bo@lumen-row.io,safe,CTO,Lumen Row,https://lumen-row.io,NO,Not in industry,FALSE,,Unsubscribed from the rat race`,
  snov: `First name,Last name,Email,Email status,Job position,Company name,Company website,Industry,Country,LinkedIn,List,Added on
Ada,Byrne,ada@kestrel-freight.com,valid,VP Sales,Kestrel,kestrel-freight.com,Fire Suppression,US,,Q3,2025-01-01
Bo,Chen,bo@lumen-row.io,valid,Head of Complaints,Lumen Row,lumen-row.io,Trap Shooting,US,,Q3,2025-01-01`,
  clay: `First Name,Last Name,Work Email,Job Title,Company Name,Company Domain,LinkedIn Profile,Find Work Email Status,Validate Email,Is Hiring,Tech Stack,Open Roles,Lead Score,Enrichment
Ada,Byrne,ada@kestrel-freight.com,VP Sales,Kestrel,kestrel-freight.com,https://linkedin.com/in/a,✅ Found,valid,true,"Salesforce, BounceX",3,88,✅ Enriched
Bo,Chen,bo@lumen-row.io,CTO,Lumen Row,lumen-row.io,,✅ Found,valid,false,HubSpot,0,70,`,
};

describe('ordinary exports: nobody is held or blocked whom no stop sign names', () => {
  it.each(Object.entries(EXPORTS))('%s', async (name, text) => {
    // The e-mail column of Pipedrive has a name of its own.
    const map = name === 'pipedrive' ? { email: 'Person - Email - Work' } : {};
    const { leads, rejected } = await readText(text, { map });
    expect(rejected).toEqual([]);
    expect(leads).toHaveLength(2);
    for (const lead of leads) {
      expect(lead.unsubscribed ?? false, lead.email).toBe(false);
      expect(lead.review ?? [], lead.email).toEqual([]);
      expect(['valid', undefined], lead.email).toContain(lead.verifier);
    }
  });
});
