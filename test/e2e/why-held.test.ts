import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { HOLD_REASONS, type HoldReason } from '../../src/lead.js';
import type { Fault } from '../../src/sandbox/faults.js';
import type { SandboxOptions } from '../../src/sandbox/server.js';
import { leadCsv, rulesFor, startTrial, type Trial } from '../helpers/trial.js';
import { follow, type Story, whyJson } from '../helpers/why.js';

/** How a hold reason comes about, how `why` tells it, and how the lead leaves it by the advice. */
interface Case {
  email?: string;
  persona?: string;
  sandbox?: SandboxOptions;
  /** Faults that strike while the lead is being held. */
  fault?: Fault;
  /** Makes the lead held; without it, ingesting does. */
  hold?: (trial: Trial) => Promise<unknown>;
  what: RegExp;
  byItself: RegExp;
  /** What the advice must name: a command, and perhaps a setting. */
  command: RegExp;
  setting?: RegExp;
  /** What a person does before the command. */
  mend?: (trial: Trial) => unknown;
}

const ingest = (trial: Trial, args: string[] = [], env: Record<string, string> = {}) =>
  trial.run(['ingest', 'leads.csv', '--max-wait', '100ms', ...args], { env });

async function nowhere(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}/api/v1`;
}

const RULES = rulesFor([['VP Sales', '123456']]);
const withSetting = (name: string, value: boolean) => (trial: Trial) =>
  trial.write('rules.yaml', `smartlead: { settings: { ${name}: ${value} } }\n${RULES}`);

const CASES: Record<HoldReason, Case> = {
  no_route: {
    persona: 'CTO',
    what: /No rule matches it: its persona is "CTO", its score 85/,
    byItself: /retry --held decides it again/,
    command: /^drason retry --held --email jo@example\.com$/,
    setting: /^rules$/,
    mend: (trial) => trial.write('rules.yaml', rulesFor([['CTO', '123456']])),
  },
  queued: {
    fault: '429',
    what: /routed to campaign 123456 and waits for its push/,
    byItself: /The next retry --held pushes it/,
    command: /^drason retry --held --email jo@example\.com$/,
  },
  review: {
    hold: (trial) => ingest(trial, ['--no-push']),
    what: /ingested with --no-push and waits for someone to look at it/,
    byItself: /Nothing happens by itself/,
    command: /^drason retry --held --reason review --email jo@example\.com$/,
  },
  push_failed: {
    hold: async (trial) => ingest(trial, [], { SMARTLEAD_BASE_URL: await nowhere() }),
    what: /The push failed and may work later: .* cannot be reached \(ECONNREFUSED\)/,
    byItself: /retry --held pushes it again, from 20\d\d-.* UTC on \(in \d+ seconds\)/,
    command: /^drason retry --held --now --email jo@example\.com$/,
    setting: /smartlead\.base_url/,
  },
  unknown: {
    fault: 'text',
    what: /Whether it arrived in campaign 123456 is open\. Attempt 1, at .* UTC: .*nothing in the answer says what became of this lead/,
    byItself: /settles it before anything else/,
    command: /^drason retry --held --now --email jo@example\.com$/,
  },
  refused: {
    email: 'jo+unsubscribed@example.com',
    what: /Smartlead says the lead has unsubscribed/,
    byItself: /Nothing happens by itself/,
    command: /^drason retry --held --include-refused --email jo\+unsubscribed@example\.com$/,
    setting: /smartlead\.settings\.ignore_unsubscribe_list/,
    mend: withSetting('ignore_unsubscribe_list', true),
  },
  in_other_campaign: {
    email: 'jo+elsewhere@example.com',
    what: /in another campaign already, so it was not added to campaign 123456/,
    byItself: /Nothing happens by itself/,
    command: /^drason retry --held --reason in_other_campaign --email jo\+elsewhere@example\.com$/,
    setting: /smartlead\.settings\.ignore_duplicate_leads_in_other_campaign/,
    mend: withSetting('ignore_duplicate_leads_in_other_campaign', false),
  },
  campaign_not_found: {
    fault: '404',
    what: /Smartlead does not know campaign 123456: 404/,
    byItself: /decides it again/,
    command: /^drason retry --held --email jo@example\.com$/,
    setting: /target_campaign_id/,
  },
  credit_limit: {
    hold: (trial) => {
      trial.sandbox.account.setCredits(0);
      return ingest(trial);
    },
    what: /credits were used up/,
    byItself: /retry --held tries it again, from 20\d\d-.* UTC on \(in (1 hour|60 minutes)\)/,
    command: /^drason retry --held --now --email jo@example\.com$/,
    mend: (trial) => trial.sandbox.account.setCredits(null),
  },
  auth: {
    hold: (trial) => ingest(trial, [], { SMARTLEAD_API_KEY: 'bad-key-31aa' }),
    what: /Smartlead refused the key, or there was none: 401/,
    byItself: /tries the key once/,
    command: /^drason retry --held --email jo@example\.com$/,
    setting: /smartlead\.api_key_env/,
  },
  gave_up: {
    fault: '500',
    hold: async (trial) => {
      await ingest(trial);
      for (let n = 1; n < 12; n++) await trial.run(['retry', '--held', '--now', '--max-wait', '100ms']);
    },
    what: /12 attempts came to nothing, so drason stopped trying: 500/,
    byItself: /Nothing happens by itself/,
    command: /^drason retry --held --reason gave_up --email jo@example\.com$/,
  },
  removed: {
    hold: async (trial) => {
      await ingest(trial);
      trial.sandbox.account.removeMember('123456', 'jo@example.com');
      await trial.run(['reconcile', '--fix']);
    },
    what: /It was in campaign 123456, and Smartlead no longer has it there/,
    byItself: /Nothing happens by itself.*stays out when it is ingested again/,
    command: /^drason retry --held --reason removed --email jo@example\.com$/,
  },
};

test('every hold reason that can come about is produced here', () => {
  expect(Object.keys(CASES).sort()).toEqual([...HOLD_REASONS].sort());
});

const state = ({ lead }: Story) => lead.hold_reason ?? lead.status;

test.each(Object.entries(CASES))(
  'a lead held as %s: why says what happened, what happens by itself, and the advice leads out',
  async (reason, { email = 'jo@example.com', persona = 'VP Sales', fault, hold = ingest, ...is }) => {
    let striking = fault;
    // a run that is let go of ends with its process
    const trial = await startTrial({ rules: RULES, faults: () => striking, processes: reason === 'gave_up' });
    trial.write('leads.csv', leadCsv([[email, persona, 85]]));
    await hold(trial);
    const held = await whyJson(trial, email);
    expect(state(held)).toBe(reason);
    const { next } = held;
    expect(next.what).toMatch(is.what);
    expect(next.by_itself).toMatch(is.byItself);
    const advice = next.can.find(({ command }) => is.command.test(command ?? ''));
    expect(next.can.map(({ command }) => command)).toContainEqual(expect.stringMatching(is.command));
    if (is.setting) expect(next.can.map(({ setting }) => setting)).toContainEqual(expect.stringMatching(is.setting));

    // A person sees all of that, and the message, without --json.
    const shown = await trial.run(['why', email]);
    expect(shown.stdout).toContain(`HELD ${reason}`);
    expect(shown.stdout).toContain(`$ ${advice?.command}`);
    expect(shown.stdout).toMatch(is.byItself);

    striking = undefined;
    is.mend?.(trial);
    const followed = await follow(trial, advice?.command ?? null);
    // Nothing to say but the line that names the stand-in.
    expect(followed.stderr).toMatch(/^(sandbox: .*\n)?$/);
    expect(trial.states()).toEqual({ ACTIVE: 1 });
  },
);

test('a lead with too many custom fields was never sent: why says so, and names the limit', async () => {
  const trial = await startTrial({ rules: `smartlead: { custom_fields_limit: 1 }\n${RULES}` });
  trial.write('leads.csv', 'email,persona,lead_score,one,two\njo@example.com,VP Sales,85,1,2\n');
  await ingest(trial);
  const held = await whyJson(trial, 'jo@example.com');
  expect(state(held)).toBe('refused');
  expect(held.next.what).toMatch(/It was not sent, because Smartlead would refuse it: the lead has 2 custom fields/);
  const [advice] = held.next.can;
  expect(advice?.setting).toContain('smartlead.custom_fields_limit');
  expect(held.today.differs).toBe(false);

  trial.write('rules.yaml', RULES);
  const { today } = await whyJson(trial, 'jo@example.com');
  expect(today).toMatchObject({
    differs: true,
    text: expect.stringMatching(/within the limit/),
    command: advice?.command,
  });
  await follow(trial, today.command);
  expect(trial.states()).toEqual({ ACTIVE: 1 });
});

test('an answer that was really lost is told as that, and not as an answer that proves nothing', async () => {
  let striking: Fault | undefined = 'reset-after';
  const trial = await startTrial({ rules: RULES, faults: () => striking });
  trial.write('leads.csv', leadCsv([['jo@example.com', 'VP Sales', 85]]));
  await ingest(trial);
  const { next, lead } = await whyJson(trial, 'jo@example.com');
  expect(lead.hold_reason).toBe('unknown');
  expect(next.what).toMatch(/no usable answer came \(the connection to .* broke/i);
  expect(next.what).not.toMatch(/nothing in the answer/);
  striking = undefined;
  await follow(trial, next.can[0]?.command ?? null);
  const { memberships, story } = await whyJson(trial, 'jo@example.com');
  expect(memberships).toMatchObject([{ campaign: '123456' }]);
  expect(story.map(({ kind }) => kind)).toEqual(['arrival', 'attempt', 'attempt']);
});
