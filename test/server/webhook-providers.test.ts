/** Events in the shapes that mail providers and sequencers document, as a forwarder passes them on. */
import { expect, test } from 'vitest';
import { type DoorTrial, startDoors } from '../helpers/doors.js';

const LEAD = 'jo@acme-tools.com';
const OURS = 'me@our-mailbox.com';

const suppressed = ({ trial }: DoorTrial) =>
  trial.query<{ value: string; reason: string }>('SELECT value, reason FROM suppressions ORDER BY value');

/** Sends an event and gives whom it stopped and why; the next one finds nobody suppressed. */
async function follows(doors: DoorTrial, event: unknown) {
  const unread = () => doors.trial.query('SELECT id FROM webhook_events WHERE unread_stop = 1').length;
  const before = unread();
  const { status } = await doors.event(event);
  const stopped = suppressed(doors).map(({ value, reason }) => [value, reason.split(' (')[0]]);
  doors.store.db.exec('DELETE FROM suppressions');
  return { status, stopped, unread: unread() - before };
}

const mailgun = (event: string, more: object = {}) => ({
  signature: {
    timestamp: '1529006854',
    token: 'a8ce0edb2dd8301dee6c2405235584e45aa91d1e9f979f3de0',
    signature: 'd2271d12299f6592d9d44cd9d250f0704e4674c30d79d07c47a66f95ce71cf55',
  },
  'event-data': {
    event,
    id: 'ase7i2zsRYeDXztHGENqRA',
    timestamp: 1521243339.873676,
    'log-level': 'info',
    recipient: LEAD,
    'recipient-domain': 'acme-tools.com',
    message: {
      headers: { to: `Jo <${LEAD}>`, from: `Me <${OURS}>`, subject: 'Hi', 'message-id': 'x@our-mailbox.com' },
    },
    envelope: { sender: OURS, transport: 'smtp', targets: LEAD },
    campaigns: [],
    tags: ['unsubscribe-test'],
    'user-variables': {},
    ...more,
  },
});
const sns = (message: object) => ({
  Type: 'Notification',
  MessageId: '165545c9-2a5c-472c-8df2-7ff2be2b3b1b',
  TopicArn: 'arn:aws:sns:us-west-2:123456789012:ses-bounces',
  Message: JSON.stringify(message),
  Timestamp: '2026-04-26T20:45:04.751Z',
  SignatureVersion: '1',
  Signature: 'tcc6faL2yUC6dgZdmrwh1Y4cGa',
  UnsubscribeURL: 'https://sns.us-west-2.amazonaws.com/?Action=Unsubscribe&SubscriptionArn=arn:aws:sns',
});
const ses = (kind: string, more: object) => ({
  eventType: kind,
  mail: {
    timestamp: '2026-01-01T00:00:00Z',
    source: OURS,
    destination: [LEAD],
    commonHeaders: { from: [OURS], to: [LEAD] },
  },
  ...more,
});
const sesOld = (kind: string, more: object) => {
  const { eventType, ...rest } = ses(kind, more);
  return { notificationType: eventType, ...rest };
};
const bounced = (bounceType: string, bounceSubType = 'General') => ({
  bounce: {
    bounceType,
    bounceSubType,
    bouncedRecipients: [
      { emailAddress: LEAD, action: 'failed', status: '5.1.1', diagnosticCode: 'smtp; 550 5.1.1 user unknown' },
    ],
    reportingMTA: 'dns; mta',
  },
});
const postmark = (RecordType: string, more: object) => ({
  RecordType,
  MessageStream: 'outbound',
  ServerID: 23,
  MessageID: '883953f4',
  From: OURS,
  Tag: 'x',
  ...more,
});
const lemlist = (type: string, more: object = {}) => ({
  _id: 'act_1',
  type,
  leadId: 'lea_1',
  leadEmail: LEAD,
  leadFirstName: 'Jo',
  campaignId: 'cam_1',
  campaignName: 'Unsubscribed leads',
  sendUserEmail: OURS,
  sequenceStep: 1,
  ...more,
});
const instantly = (event_type: string, more: object = {}) => ({
  timestamp: '2026-01-01T00:00:00Z',
  event_type,
  workspace: 'w',
  campaign_id: 'c',
  campaign_name: 'Do not contact list',
  lead_email: LEAD,
  email: LEAD,
  email_account: OURS,
  is_first: true,
  ...more,
});
const brevo = (event: string, more: object = {}) => ({
  event,
  email: LEAD,
  id: 26224,
  date: '2026-01-01 00:00:00',
  ts: 1,
  'message-id': '<x@relay>',
  subject: 'Bounce back',
  tag: '["t"]',
  sending_ip: '185.41.28.109',
  ts_epoch: 1,
  ...more,
});
const mailjet = (event: string, more: object = {}) => ({
  event,
  time: 1433333949,
  MessageID: 19421777835146490,
  email: LEAD,
  mj_campaign_id: 7257,
  mj_contact_id: 4,
  customcampaign: '',
  CustomID: 'x',
  Payload: '',
  ...more,
});
const sendgrid = (event: string, more: object = {}) => ({
  email: LEAD,
  timestamp: 1513299569,
  'smtp-id': '<x@d>',
  event,
  category: ['cold outreach'],
  sg_event_id: 'e',
  sg_message_id: 'm',
  ...more,
});

const STOPS: Array<[what: string, reason: string, event: unknown]> = [
  ['Mailgun, unsubscribed', 'unsubscribed', mailgun('unsubscribed')],
  ['Mailgun, complained', 'complained of spam', mailgun('complained')],
  [
    'Mailgun, failed for good',
    'bounced',
    mailgun('failed', {
      severity: 'permanent',
      reason: 'bounce',
      'delivery-status': { code: 550, message: 'no such user', 'bounce-type': 'hard' },
    }),
  ],

  ['SendGrid, unsubscribe', 'unsubscribed', [sendgrid('unsubscribe')]],
  ['SendGrid, group', 'unsubscribed', [sendgrid('open'), sendgrid('group_unsubscribe', { asm_group_id: 10 })]],
  ['SendGrid, spam report', 'complained of spam', [sendgrid('spamreport')]],
  [
    'SendGrid, bounce',
    'bounced',
    [
      sendgrid('bounce', {
        reason: '500 unknown recipient',
        status: '5.0.0',
        type: 'bounce',
        bounce_classification: 'Invalid Address',
      }),
    ],
  ],
  ['SendGrid, dropped for it', 'unsubscribed', [sendgrid('dropped', { reason: 'Unsubscribed Address' })]],
  ['SendGrid, dropped for a bounce', 'bounced', [sendgrid('dropped', { reason: 'Bounced Address', status: '5.0.0' })]],
  [
    'Postmark, hard',
    'bounced',
    postmark('Bounce', {
      Type: 'HardBounce',
      TypeCode: 1,
      Name: 'Hard bounce',
      Email: LEAD,
      Inactive: true,
      Description: 'The server was unable to deliver your message',
    }),
  ],
  [
    'Postmark, complaint',
    'complained of spam',
    postmark('SpamComplaint', { Type: 'SpamComplaint', TypeCode: 512, Name: 'Spam complaint', Email: LEAD }),
  ],
  [
    'Postmark, subscription',
    'unsubscribed',
    postmark('SubscriptionChange', {
      Recipient: LEAD,
      Origin: 'Recipient',
      SuppressSending: true,
      SuppressionReason: 'ManualSuppression',
      ChangedAt: '2026-02-01T10:53:34Z',
    }),
  ],
  [
    'Postmark, subscription after a complaint',
    'complained of spam',
    postmark('SubscriptionChange', {
      Recipient: LEAD,
      Origin: 'Recipient',
      SuppressSending: true,
      SuppressionReason: 'SpamComplaint',
    }),
  ],
  ['SES, bounce by SNS', 'bounced', sns(sesOld('Bounce', bounced('Permanent')))],
  [
    'SES, complaint by SNS',
    'complained of spam',
    sns(
      sesOld('Complaint', {
        complaint: { complainedRecipients: [{ emailAddress: LEAD }], complaintFeedbackType: 'abuse', userAgent: 'x' },
      }),
    ),
  ],
  ['SES, bounce of an event set', 'bounced', ses('Bounce', bounced('Permanent', 'NoEmail'))],

  [
    'HubSpot, bounce',
    'bounced',
    { type: 'BOUNCE', recipient: LEAD, category: 'UNKNOWN_USER', portalId: 1, from: OURS },
  ],
  [
    'HubSpot, status',
    'unsubscribed',
    { type: 'STATUSCHANGE', recipient: LEAD, portalSubscriptionStatus: 'UNSUBSCRIBED', source: 'SOURCE_RECIPIENT' },
  ],
  ['Brevo, unsubscribed', 'unsubscribed', brevo('unsubscribed')],
  ['Brevo, hard bounce', 'bounced', brevo('hard_bounce', { reason: 'server is down' })],
  ['Brevo, hardBounce', 'bounced', brevo('hardBounce')],
  ['Brevo, invalid', 'bounced', brevo('invalid_email')],
  ['Brevo, spam', 'complained of spam', brevo('spam')],
  ['Brevo, complaint', 'complained of spam', brevo('complaint')],
  ['Mailjet, unsub', 'unsubscribed', mailjet('unsub', { mj_list_id: 1, ip: '127.0.0.1', geo: 'FR' })],
  ['Mailjet, spam', 'complained of spam', [mailjet('spam', { source: 'JMRPP' })]],
  [
    'Mailjet, hard',
    'bounced',
    mailjet('bounce', { blocked: true, hard_bounce: true, error_related_to: 'recipient', error: 'user unknown' }),
  ],
  ['Lemlist, unsubscribed', 'unsubscribed', lemlist('emailsUnsubscribed')],
  ['Lemlist, bounced', 'bounced', lemlist('emailsBounced')],
  ['Instantly, unsubscribed', 'unsubscribed', instantly('lead_unsubscribed')],
  ['Instantly, bounced', 'bounced', instantly('email_bounced')],
  [
    'Smartlead, reply that was put among the unsubscribed',
    'unsubscribed',
    { event_type: 'EMAIL_REPLY', to_email: LEAD, from_email: OURS, reply_category: 'Unsubscribe me', reply_body: 'ok' },
  ],

  [
    'Mailgun, failed as on the list of bounces',
    'bounced',
    mailgun('failed', { severity: 'permanent', reason: 'suppress-bounce' }),
  ],
  ['SendGrid, blocked', 'bounced', [sendgrid('bounce', { type: 'blocked', reason: '550 5.7.1 blocked by policy' })]],
  [
    'SES, unsubscribed from all',
    'unsubscribed',
    sns(
      ses('Subscription', {
        subscription: { newTopicPreferences: { unsubscribeAll: true }, oldTopicPreferences: { unsubscribeAll: false } },
      }),
    ),
  ],
  [
    'HubSpot, property',
    'unsubscribed',
    { subscriptionType: 'contact.propertyChange', propertyName: 'hs_email_optout', propertyValue: 'true', email: LEAD },
  ],
  [
    'Zapier',
    'unsubscribed',
    { event__event_type: 'LEAD_UNSUBSCRIBED', event__to_email: LEAD, event__from_email: OURS },
  ],
  [
    'Zapier, category',
    'unsubscribed',
    {
      data__event_type: 'LEAD_CATEGORY_UPDATED',
      data__lead_category__new_name: 'Do Not Contact',
      data__lead_category__old_name: 'Interested',
      data__to_email: LEAD,
    },
  ],
  ['n8n', 'bounced', { 'body.event_type': 'EMAIL_BOUNCE', 'body.sl_lead_email': LEAD, 'body.from_email': OURS }],
  ['Make', 'bounced', { bundle: [{ data: { event_type: 'EMAIL_BOUNCE', to_email: LEAD, from_email: OURS } }] }],
  ['Apollo-like', 'unsubscribed', { contact: { email: LEAD, email_unsubscribed: true, owner: { email: OURS } } }],
];

const HARMLESS: Array<[what: string, event: unknown]> = [
  ['Mailgun, opened', mailgun('opened')],
  [
    'Mailgun, failed for now',
    mailgun('failed', {
      severity: 'temporary',
      reason: 'generic',
      'delivery-status': { code: 452, message: 'too many' },
    }),
  ],
  [
    'SendGrid, others',
    [
      sendgrid('open'),
      sendgrid('click', { url: 'https://x.io/unsubscribe' }),
      sendgrid('deferred', { response: '400 try again' }),
      sendgrid('processed'),
      sendgrid('delivered'),
    ],
  ],

  ['SendGrid, resubscribe', [sendgrid('group_resubscribe', { asm_group_id: 10 })]],
  ['Postmark, soft', postmark('Bounce', { Type: 'SoftBounce', TypeCode: 4096, Name: 'Soft bounce', Email: LEAD })],
  ['Postmark, transient', postmark('Bounce', { Type: 'Transient', TypeCode: 2, Name: 'Message delayed', Email: LEAD })],
  ['Postmark, open', postmark('Open', { Recipient: LEAD, FirstOpen: true })],
  [
    'Postmark, subscribed again',
    postmark('SubscriptionChange', {
      Recipient: LEAD,
      Origin: 'Customer',
      SuppressSending: false,
      SuppressionReason: null,
    }),
  ],
  ['SES, transient', sns(sesOld('Bounce', bounced('Transient', 'MailboxFull')))],
  ['SES, delivery', sns(sesOld('Delivery', { delivery: { recipients: [LEAD] } }))],

  [
    'SES, subscribed',
    sns(
      ses('Subscription', {
        subscription: { newTopicPreferences: { unsubscribeAll: false }, oldTopicPreferences: { unsubscribeAll: true } },
      }),
    ),
  ],
  [
    'SES, delayed',
    sns(
      ses('DeliveryDelay', {
        deliveryDelay: { delayType: 'MailboxFull', delayedRecipients: [{ emailAddress: LEAD, status: '4.2.2' }] },
      }),
    ),
  ],
  [
    'HubSpot, property',
    {
      subscriptionType: 'contact.propertyChange',
      propertyName: 'hs_email_optout',
      propertyValue: 'false',
      email: LEAD,
    },
  ],
  ['Zapier, opened', { event__event_type: 'EMAIL_OPEN', event__to_email: LEAD, event__from_email: OURS }],
  ['HubSpot, open', { type: 'OPEN', recipient: LEAD, from: OURS }],
  ['Brevo, soft', brevo('soft_bounce', { reason: 'mailbox full' })],
  ['Brevo, others', brevo('unique_opened')],
  ['Brevo, click', brevo('click', { link: 'https://x.io/unsubscribe' })],
  [
    'Mailjet, soft',
    mailjet('bounce', { blocked: false, hard_bounce: false, error_related_to: 'mailbox', error: 'mailbox full' }),
  ],
  ['Mailjet, click', mailjet('click', { url: 'https://x.io/optout' })],
  ['Lemlist, opened', lemlist('emailsOpened')],
  ['Lemlist, replied', lemlist('emailsReplied', { text: 'please unsubscribe me' })],
  ['Instantly, opened', instantly('email_opened')],
  ['Instantly, replied', instantly('reply_received', { reply_text: 'unsubscribe', reply_subject: 'Re: bounce' })],
  [
    'Smartlead, reply',
    { event_type: 'EMAIL_REPLY', to_email: LEAD, reply_body: 'unsubscribe me', reply_category: 'Interested' },
  ],
  [
    'Smartlead, link',
    { event_type: 'EMAIL_LINK_CLICK', to_email: LEAD, link_details: [{ link: 'https://x.io/unsubscribe', count: 1 }] },
  ],
];

test('a stop in the shape of any provider stops its lead, and nobody else', async () => {
  const doors = await startDoors();
  for (const [what, reason, event] of STOPS) {
    expect
      .soft({ what, ...(await follows(doors, event)) })
      .toEqual({ what, status: 200, stopped: [[LEAD, reason]], unread: 0 });
  }
});

test('what else providers tell stops nobody', async () => {
  const doors = await startDoors();
  for (const [what, event] of HARMLESS) {
    expect.soft({ what, ...(await follows(doors, event)) }).toEqual({ what, status: 200, stopped: [], unread: 0 });
  }
});
