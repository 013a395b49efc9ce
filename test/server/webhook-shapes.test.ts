import { expect, test } from 'vitest';
import { type DoorTrial, startDoors, WEBHOOK_SECRET } from '../helpers/doors.js';

const LEAD = 'jo@acme-tools.com';
const OURS = 'me@our-mailbox.com';
const UNSUB = { event_type: 'LEAD_UNSUBSCRIBED', sl_lead_email: LEAD };

const suppressed = ({ trial }: DoorTrial) =>
  trial.query<{ value: string; reason: string }>('SELECT value, reason FROM suppressions ORDER BY value');
const unread = ({ trial }: DoorTrial) => trial.query('SELECT id FROM webhook_events WHERE unread_stop = 1').length;

/** Sends an event and tells what followed; the next one finds nobody suppressed. */
async function follows(doors: DoorTrial, event: unknown) {
  const before = unread(doors);
  const { status } = await doors.event(event);
  const reasons = suppressed(doors).map(({ value, reason }) => [value, reason.split(' (')[0]]);
  doors.store.db.exec('DELETE FROM suppressions');
  return { status, reasons, unread: unread(doors) - before };
}

const UNSUBSCRIBES: Array<[what: string, event: unknown]> = [
  ['flat', UNSUB],
  ['lower case', { event_type: 'lead_unsubscribed', to_email: LEAD }],
  ['EMAIL_UNSUBSCRIBE', { event_type: 'EMAIL_UNSUBSCRIBE', to_email: LEAD }],
  ['UNSUBSCRIBE', { type: 'UNSUBSCRIBE', email: LEAD }],
  ['camel case', { eventType: 'leadUnsubscribed', leadEmail: LEAD }],
  ['words', { event: 'Lead Unsubscribed', lead: { email: LEAD } }],
  ['OPT_OUT', { event_type: 'OPT_OUT', lead_data: { email: LEAD } }],
  ['lead.opted-out', { event: 'lead.opted-out', lead_email: LEAD }],
  ['DO_NOT_CONTACT', { event_type: 'LEAD_DO_NOT_CONTACT', to: LEAD }],
  ['UNSUBSCRIBED_GLOBALLY', { 'Event Type': 'LEAD UNSUBSCRIBED GLOBALLY', 'Lead Email': LEAD }],
  ['NO_LONGER_SUBSCRIBED', { event_type: 'NO_LONGER_SUBSCRIBED', to_email: LEAD }],
  ['LEAD_BLOCKLISTED', { event_type: 'LEAD_BLOCKLISTED', to_email: LEAD }],
  ['a link', { event_type: 'UNSUBSCRIBE_LINK_CLICKED', to_email: LEAD }],
  ['correspondence', { event_type: 'EMAIL_UNSUBSCRIBED', leadCorrespondence: { targetLeadEmail: LEAD } }],
  ['correspondence, snake', { event_type: 'EMAIL_UNSUBSCRIBED', lead_correspondence: { target_lead_email: LEAD } }],
  ['an empty name first', { event_type: 'LEAD_UNSUBSCRIBED', sl_lead_email: '', lead_email: ' ', to_email: LEAD }],
  ['an invalid name first', { event_type: 'LEAD_UNSUBSCRIBED', sl_lead_email: 'n/a', lead: { email: LEAD } }],
  ['null first', { event_type: 'LEAD_UNSUBSCRIBED', sl_lead_email: null, lead_email: {}, to_email: LEAD }],
  ['a display name', { event_type: 'LEAD_UNSUBSCRIBED', to_email: `"Day, Jo" <${LEAD.toUpperCase()}>` }],
  ['a display name that is an address', { event_type: 'UNSUBSCRIBED', to: `${OURS} <${LEAD}>` }],
  ['mailto', { event_type: 'UNSUBSCRIBED', to: `mailto:${LEAD}` }],
  ['a list of texts', { event_type: 'UNSUBSCRIBED', to: [LEAD, OURS] }],
  ['a list of objects', { event_type: 'UNSUBSCRIBED', to: [{ name: 'Jo', email: LEAD }] }],
  ["a mail parser's recipients", { event_type: 'UNSUBSCRIBED', to: { value: [{ address: LEAD, name: 'Jo' }] } }],
  ['never from', { event_type: 'UNSUBSCRIBED', from_email: OURS, from: OURS, sender: { email: OURS }, email: LEAD }],
  ['never the message', { ...UNSUB, sl_lead_email: '', data: { to: OURS }, to_email: LEAD }],
  ['category, new name', { event_type: 'LEAD_CATEGORY_UPDATED', ...category('Do Not Contact'), to_email: LEAD }],
  ['category, unsubscribed', { event_type: 'LEAD_CATEGORY_UPDATED', category: 'Unsubscribed', to_email: LEAD }],
  [
    'category, nested',
    { event_type: 'LEAD_CATEGORY_UPDATED', lead_data: { email: LEAD, category: { name: 'DO_NOT_CONTACT' } } },
  ],
  ['category, flat', { event_type: 'LEAD_CATEGORY_UPDATED', new_category: 'DNC', lead_email: LEAD }],
  ['category of a reply', { event_type: 'EMAIL_REPLY', lead_category: 'Opted out', sl_lead_email: LEAD }],
  ['a category in words', { event_type: 'LEAD_CATEGORY_UPDATED', category: 'please don’t contact', to_email: LEAD }],
  ['a flag', { event_type: 'LEAD_UPDATED', lead: { email: LEAD, is_unsubscribed: true } }],
  ['a flag as text', { event_type: 'LEAD_UPDATED', lead_email: LEAD, isUnsubscribed: 'true' }],
  ['a time', { event_type: 'LEAD_UPDATED', lead_email: LEAD, unsubscribed_at: '2026-01-02T03:04:05Z' }],
  ['not subscribed', { event_type: 'LEAD_UPDATED', lead_email: LEAD, is_subscribed: false }],
  ['a state', { event_type: 'LEAD_STATUS_CHANGED', lead_email: LEAD, lead_status: 'UNSUBSCRIBED' }],
  ['a nested state', { event: 'lead.updated', lead: { email: LEAD, status: 'Unsubscribed' } }],
  ['a reason', { event_type: 'LEAD_STOPPED', lead_email: LEAD, stop_reason: 'unsubscribed' }],
  ['a flag without a kind', { lead_email: LEAD, is_unsubscribed: true }],
  ['body', { body: UNSUB, headers: { 'x-request-id': '1' }, query: {}, params: {} }],
  ['data', { data: UNSUB }],
  ['payload', { id: 'evt_1', payload: UNSUB }],
  ['event', { event: UNSUB }],
  ['an array', [UNSUB]],
  ['n8n', [{ json: { headers: {}, body: UNSUB } }]],
  ['text in body', { body: JSON.stringify(UNSUB) }],
  ['text in text', JSON.stringify(JSON.stringify({ body: JSON.stringify(UNSUB) }))],
  ['twice', { body: { data: UNSUB } }],
  ['Pipedream', { event: { method: 'POST', body: UNSUB, bodyRaw: JSON.stringify(UNSUB) } }],
  ['steps', { steps: { trigger: { event: { body: [UNSUB] } } } }],
  ['a topic', { Type: 'Notification', Message: JSON.stringify(UNSUB) }],
  ['a detail', { 'detail-type': 'webhook', detail: UNSUB }],
  ["an envelope's own type", { type: 'webhook', email: OURS, data: UNSUB }],
  ['the rest inside', { event_type: 'LEAD_UNSUBSCRIBED', data: { lead: { email: LEAD } } }],
  ['the rest inside, with a type', { event: 'LEAD_UNSUBSCRIBED', data: { type: 'lead', email: LEAD } }],
  ['a lead that is text', { event_type: 'LEAD_UNSUBSCRIBED', lead_data: JSON.stringify({ email: LEAD }) }],
  ['name', { name: 'LEAD_UNSUBSCRIBED', email: LEAD }],
  ['topic', { topic: 'lead.unsubscribed', data: { email: LEAD } }],
  ['event.name', { event: { name: 'LEAD_UNSUBSCRIBED' }, lead: { email: LEAD } }],
  ['event.type', { event: { type: 'unsubscribe', contact: { email: LEAD } } }],
  ['action', { action: 'unsubscribed', recipient: LEAD }],
  ['event_name', { event_name: 'Unsubscribe', contact: { email: LEAD } }],
  ['trigger', { trigger: 'contact.unsubscribed', contact_email: LEAD }],
  ['notificationType', { notificationType: 'Unsubscribed', recipient: { address: LEAD } }],
  ['RecordType', { RecordType: 'Unsubscribe', Recipient: LEAD }],
  ['meta', { meta: { event_type: 'LEAD_UNSUBSCRIBED' }, data: { email: LEAD } }],
  ['deep', { webhook: { payload: { event: { kind: 'lead_unsubscribed', prospect: { emailAddress: LEAD } } } } }],
  ['JSON:API', { data: { type: 'event', attributes: { name: 'lead-unsubscribed', email: LEAD } } }],
  ['a field of no known name', { what: 'LEAD_UNSUBSCRIBED', who: LEAD }],
  ['the name of the field', { source: 'crm', unsubscribed: LEAD }],
  ['a name beside a type of its own', { type: 'webhook', name: 'Lead Unsubscribed', who: LEAD }],
  ['blocked', { event_type: 'LEAD_BLOCKED', sl_lead_email: LEAD }],
  ['blocked, other words', { event: 'contact.blocked', contact: LEAD }],
  ['blocked alone', { event: 'blocked', recipient: LEAD }],
  ['block', { event_type: 'BLOCK_LEAD', email: LEAD }],
  ['blocked for a domain', { event_type: 'LEAD_DOMAIN_BLOCKED', lead_email: LEAD }],
  ['banned', { event_type: 'LEAD_BANNED', lead_email: LEAD }],
  ['removal', { event_type: 'REMOVAL_REQUEST', lead_email: LEAD }],
  ['to be forgotten', { event_type: 'GDPR_ERASURE_REQUESTED', lead_email: LEAD }],
  ['German', { event: 'Abgemeldet', email: LEAD }],
  ['French', { event: 'désabonnement', email: LEAD }],
  ['Spanish', { event: 'dado de baja', email: LEAD }],
  ['a list of recipients', { event_type: 'UNSUBSCRIBED', recipients: [{ emailAddress: LEAD }] }],
  ['a profile', { event_type: 'UNSUBSCRIBED', profile: { primary_email: LEAD, id: 7 } }],
  ['who else is in it', { event_type: 'UNSUBSCRIBED', inbox: OURS, sender_email: OURS, person: { mail: LEAD } }],
];

function category(new_name: string, old_name = 'Interested') {
  return { lead_category: { old_name, new_name } };
}

test('whoever unsubscribed is never mailed again, whatever the event is called and whatever is round it', async () => {
  const doors = await startDoors();
  for (const [what, event] of UNSUBSCRIBES) {
    const expected = { what, status: 200, reasons: [[LEAD, 'unsubscribed']], unread: 0 };
    expect({ what, ...(await follows(doors, event)) }).toEqual(expected);
  }
});

test('what a forwarder sends as a form is read like JSON', async () => {
  const doors = await startDoors();
  const form = { 'content-type': 'application/x-www-form-urlencoded; charset=UTF-8' };
  const json = JSON.stringify(UNSUB);
  const bodies = [
    new URLSearchParams(UNSUB).toString(),
    new URLSearchParams({ payload: json }).toString(),
    new URLSearchParams({ data: json, id: '7' }).toString(),
    new URLSearchParams({ whatever: json }).toString(),
    'event_type=LEAD_UNSUBSCRIBED&lead%5Bemail%5D=jo%40acme-tools.com',
    'name=Lead+Unsubscribed&recipient=Jo+%3Cjo%40acme-tools.com%3E',
    json,
    `${json}=`,
    `${encodeURIComponent(json)}=`,
    `payload=${encodeURIComponent(JSON.stringify([UNSUB, UNSUB]))}`,
  ];
  for (const body of bodies) {
    expect({ body, ...(await doors.event(body, form)).body.data }).toMatchObject({
      body,
      message: expect.stringMatching(/stored|known/),
    });
    expect({ body, found: suppressed(doors).map(({ value }) => value) }).toEqual({ body, found: [LEAD] });
    doors.store.db.exec('DELETE FROM suppressions; DELETE FROM webhook_events');
  }
  // the secret in its place in the form, or in the JSON in it
  const proven = [
    new URLSearchParams({ ...UNSUB, secret_key: WEBHOOK_SECRET }).toString(),
    new URLSearchParams({ payload: JSON.stringify({ ...UNSUB, secret_key: WEBHOOK_SECRET }) }).toString(),
  ];
  for (const body of proven) {
    expect(await doors.post('/api/webhooks/smartlead', body, form)).toMatchObject({ status: 200 });
  }
  expect(await doors.post('/api/webhooks/smartlead', proven[0]?.replace('secret_key', 'note'), form)).toMatchObject({
    status: 401,
  });
  expect(JSON.stringify(doors.trial.query('SELECT body FROM webhook_events'))).not.toContain(WEBHOOK_SECRET);
  const many = Array.from({ length: 20_000 }, (_, n) => `k${n}=1`).join('&');
  expect(await doors.event(many, form)).toMatchObject({ status: 400, body: { error: { code: 'INVALID_EVENT' } } });
});

const BOUNCE = { event_type: 'EMAIL_BOUNCE', sl_lead_email: LEAD };

test('a bounce is for good, a complaint too', async () => {
  const doors = await startDoors();
  const cases: Array<[unknown, string]> = [
    [BOUNCE, 'bounced'],
    [{ ...BOUNCE, bounce_type: 'hard' }, 'bounced'],
    [{ ...BOUNCE, bounce: { bounceType: 'Permanent' } }, 'bounced'],
    [{ ...BOUNCE, is_sender_originated_bounce: false }, 'bounced'],
    [{ ...BOUNCE, event_type: 'EMAIL_HARD_BOUNCED' }, 'bounced'],
    [{ event: 'email.bounced', lead: { email: LEAD } }, 'bounced'],
    [{ event_type: 'LEAD_UPDATED', lead_email: LEAD, is_bounced: true }, 'bounced'],
    [{ event_type: 'LEAD_UPDATED', lead_email: LEAD, lead_status: 'BOUNCED' }, 'bounced'],
    [{ ...BOUNCE, event_type: 'EMAIL_COMPLAINT' }, 'complained of spam'],
    [{ ...BOUNCE, event_type: 'SPAM_REPORT' }, 'complained of spam'],
    [{ ...BOUNCE, event_type: 'email.complained' }, 'complained of spam'],
    [{ ...BOUNCE, event_type: 'MARKED_AS_SPAM' }, 'complained of spam'],
    [{ ...BOUNCE, event_type: 'LEAD_UPDATED', category: 'Spam complaint' }, 'complained of spam'],
    [{ event_type: 'EMAIL_UNDELIVERABLE', to: LEAD }, 'bounced'],
    [{ event_type: 'DELIVERY_FAILED', recipient: LEAD }, 'bounced'],
    [{ event: 'hard_fail', recipient: LEAD }, 'bounced'],
    [{ event: 'permanent_failure', recipient: LEAD }, 'bounced'],
    [{ event: 'not delivered', recipient: LEAD }, 'bounced'],
    [{ event: 'recipient_not_found', recipient: LEAD }, 'bounced'],
    [
      {
        notificationType: 'Bounce',
        bounce: { bounceType: 'Permanent', bouncedRecipients: [{ emailAddress: LEAD }] },
        mail: { source: OURS, destination: [LEAD] },
      },
      'bounced',
    ],
    [{ type: 'webhook', topic: 'email bounced', lead: { email: LEAD } }, 'bounced'],
    [{ name: 'Spam Complaint', contact: { email: LEAD } }, 'complained of spam'],
    [{ RecordType: 'SpamComplaint', Email: LEAD, From: OURS }, 'complained of spam'],
    // a soft bounce of somebody who also unsubscribed
    [{ ...BOUNCE, bounce_type: 'soft', lead_status: 'UNSUBSCRIBED' }, 'unsubscribed'],
  ];
  for (const [event, reason] of cases) {
    expect({ event, ...(await follows(doors, event)) }).toEqual({
      event,
      status: 200,
      reasons: [[LEAD, reason]],
      unread: 0,
    });
  }
});

test('what is no stop stops nobody, and asks for nobody', async () => {
  const doors = await startDoors();
  const cases: unknown[] = [
    { ...BOUNCE, event_type: 'EMAIL_SOFT_BOUNCE' },
    { ...BOUNCE, event_type: 'softBounced' },
    { ...BOUNCE, bounce_type: 'soft' },
    { ...BOUNCE, bounce_type: 'Transient' },
    { ...BOUNCE, bounce: { type: 'temporary' } },
    { ...BOUNCE, is_soft_bounce: true },
    { ...BOUNCE, is_sender_originated_bounce: true },
    { ...BOUNCE, isSenderOriginatedBounce: 'true' },
    { body: { ...BOUNCE, is_sender_originated_bounce: 1 } },
    { ...BOUNCE, is_sender_originated_bounce: true, lead_status: 'BOUNCED' },
    { ...UNSUB, event_type: 'LEAD_RESUBSCRIBED' },
    { ...UNSUB, event_type: 'lead.re-subscribed' },
    { ...UNSUB, event_type: 'LEAD_SUBSCRIBED' },
    { ...UNSUB, event_type: 'LEAD_REMOVED_FROM_UNSUBSCRIBE_LIST' },
    { ...UNSUB, event_type: 'UNSUBSCRIBE_UNDONE' },
    { ...UNSUB, event_type: 'NOT_UNSUBSCRIBED' },
    { ...UNSUB, event_type: 'EMAIL_REPLY', ...category('Interested', 'Do Not Contact') },
    { ...UNSUB, event_type: 'LEAD_CATEGORY_UPDATED', ...category('Not Interested'), category: 'Do Not Contact' },
    { ...UNSUB, event_type: 'LEAD_CATEGORY_UPDATED', category: 'Sender Originated Bounce' },
    { ...UNSUB, event_type: 'LEAD_UPDATED', is_unsubscribed: false, unsubscribed_at: null, is_subscribed: true },
    { ...UNSUB, event_type: 'LEAD_UPDATED', unsubscribed_at: '', lead: { unsubscribed_client_id_map: {} } },
    { ...UNSUB, event_type: 'EMAIL_SENT', unsubscribe_link: 'https://x.io/unsubscribe', subject: 'unsubscribe' },
    { ...UNSUB, event_type: 'EMAIL_REPLY', preview_text: 'Please unsubscribe me', history: [BOUNCE] },
    { event_type: 'EMAIL_ACCOUNT_BLACKLISTED', email: OURS },
    { event_type: 'CAMPAIGN_STATUS_CHANGED', campaign_id: 1, campaign_status: 'STOPPED', unsubscribe_count: 3 },
    { event_type: 'CAMPAIGN_BOUNCE_RATE_EXCEEDED', campaign_id: 1 },
    { event_type: 'SPAM_TEST_COMPLETED', email: OURS },
    { ...UNSUB, event_type: 'EMAIL_SENT', name: 'Unsub Follow-up', campaign: { name: 'Bounced leads' } },
    { ...UNSUB, event_type: 'EMAIL_REPLY', title: 'Spam analyst', name: 'Jo Bounce' },
    { ...UNSUB, event_type: 'LEAD_UNBLOCKED' },
    { ...UNSUB, event_type: 'LEAD_BLOCK_REMOVED' },
    { ...UNSUB, event_type: 'TEMPORARY_DELIVERY_FAILURE' },
    { ...UNSUB, event_type: 'DELIVERY_FAILED', bounce_type: 'soft' },
    { event_type: 'DOMAIN_BLOCKED', email: OURS },
    { event_type: 'EMAIL_ACCOUNT_BLOCKED', email: OURS },
    { ...UNSUB, event_type: 'LEAD_CATEGORY_UPDATED', category: 'Wrong Person' },
    { type: 'ping', hello: 'world' },
  ];
  for (const event of cases) {
    expect({ event, ...(await follows(doors, event)) }).toEqual({ event, status: 200, reasons: [], unread: 0 });
  }
});

test('a stop of which it cannot be read whom it stops needs a person', async () => {
  const doors = await startDoors();
  const cases: unknown[] = [
    { event_type: 'LEAD_UNSUBSCRIBED', campaign_id: 1 },
    { event_type: 'LEAD_UNSUBSCRIBED', from_email: OURS, sender_email: OURS, owner: { email: OURS } },
    { event_type: 'EMAIL_BOUNCE', to_email: 'n/a' },
    { event_type: 'EMAIL_BOUNCE', to_email: 'acme-tools.com' },
    { body: { event_type: 'SPAM_REPORT', to_email: { id: 7 } } },
    { event_type: 'LEAD_CATEGORY_UPDATED', category: 'Do Not Contact', lead_id: 7 },
    { event_type: 'LEAD_UPDATED', is_unsubscribed: true, lead_id: 8 },
    // it cannot be read what happened
    { action: 'unsubscribed', lead_email: LEAD },
    { name: 'Lead Unsubscribed', who: LEAD },
    { type: 'webhook', topic: 'email bounced', lead: { email: LEAD } },
    { event_type: { a: 1 }, unsubscribe: { reason: 'x' } },
  ];
  for (const event of cases) {
    const { reasons, ...others } = await follows(doors, event);
    const applied = reasons.length === 1 ? 0 : 1;
    expect({ event, ...others }).toEqual({ event, status: 200, unread: applied });
  }
  expect(unread(doors)).toBe(8);
  expect(doors.lines.filter(({ level }) => level === 'warn')).toHaveLength(unread(doors));
});

test('each event of an array is handled by itself', async () => {
  const doors = await startDoors();
  const many = Array.from({ length: 1000 }, (_, n) => ({ ...UNSUB, sl_lead_email: `n${n}@acme-tools.com` }));
  expect(await doors.event([...many, null, 7, 'x'])).toMatchObject({ status: 200 });
  expect(suppressed(doors)).toHaveLength(1000);
  expect(await doors.event([...many, UNSUB])).toMatchObject({
    status: 400,
    body: { error: { code: 'TOO_MANY_EVENTS' } },
  });
  const mixed = [{ ...BOUNCE, sl_lead_email: 'b@acme-tools.com' }, { event_type: 'EMAIL_BOUNCE' }, { hello: 'world' }];
  expect(await doors.event({ source: 'make', data: { events: mixed } })).toMatchObject({ status: 200 });
  expect(suppressed(doors).map(({ value }) => value)).toContain('b@acme-tools.com');
  expect(unread(doors)).toBe(1);
  // one kind for several leads
  await doors.event({
    event_type: 'LEAD_UNSUBSCRIBED',
    leads: [{ email: 'x@acme-tools.com' }, { email: 'y@acme-tools.com' }],
  });
  expect(suppressed(doors).map(({ value }) => value)).toEqual(
    expect.arrayContaining(['x@acme-tools.com', 'y@acme-tools.com']),
  );
});

test('a stop that could not be applied shows in status, in doctor and in the audit log, with what came', async () => {
  const doors = await startDoors();
  const { trial } = doors;
  await doors.event(UNSUB);
  const quiet = await trial.run(['status']);
  expect(quiet.stdout).not.toContain('⚠');
  await doors.event({ event_type: 'LEAD_UNSUBSCRIBED', campaign_id: 1, lead_id: 77 });
  await doors.event({ event_type: 'EMAIL_BOUNCE', campaign_id: 1 });
  const { stdout } = await trial.run(['status']);
  expect(stdout.replaceAll(/\s+/g, ' ')).toMatch(
    /Events ⚠ 2 events from Smartlead since 20\S+Z should have stopped .* see them: drason audit --action event_unread/,
  );
  const asJson = JSON.parse((await trial.run(['status', '--json'])).stdout);
  expect(asJson).toMatchObject({ unread_events: { count: 2 } });
  const doctor = JSON.parse((await trial.run(['doctor', '--json'])).stdout);
  expect(doctor.checks).toContainEqual(
    expect.objectContaining({ name: 'events', state: 'warning', organization: 'default' }),
  );
  const seen = await trial.run(['audit', '--action', 'event_unread', '--format', 'json']);
  expect(seen.stdout).toContain('\\"lead_id\\":77');
  expect(seen.stdout).toContain('no address can be read');
});
