import { z } from 'zod';
import type { CliOptions, CliResult } from './run-cli.js';
import type { Trial } from './trial.js';

const step = z.object({ text: z.string(), command: z.string().nullable(), setting: z.string().nullable() });
const decision = z.looseObject({
  persona: z.string().nullable(),
  lead_score: z.number().nullable(),
  suppressed: z.string().nullable(),
  tried: z.array(z.looseObject({ rule: z.string(), matched: z.boolean(), why: z.string().nullable() })),
  campaign: z.string().nullable(),
});

/** What `why --json` prints for a lead, as far as tests look at it. */
const storySchema = z.looseObject({
  email: z.string(),
  lead: z.looseObject({ status: z.string(), hold_reason: z.string().nullable(), last_error: z.string().nullable() }),
  story: z.array(
    z.looseObject({ kind: z.string(), at: z.string(), text: z.string(), decision: decision.nullable().optional() }),
  ),
  memberships: z.array(z.looseObject({ campaign: z.string(), evidence: z.string() })),
  next: z.looseObject({
    what: z.string(),
    by_itself: z.string(),
    can: z.array(step),
    stops: z.array(z.looseObject({ reason: z.string(), text: z.string() })),
  }),
  today: z.looseObject({
    not_looked: z.string().nullable(),
    differs: z.boolean(),
    text: z.string(),
    command: z.string().nullable(),
  }),
});
export type Story = z.infer<typeof storySchema>;

/** `why EMAIL --json`, checked and read. */
export async function whyJson(trial: Trial, email: string, options: Partial<CliOptions> = {}): Promise<Story> {
  const result = await trial.run(['why', email, '--json'], options);
  if (result.code !== 0) throw new Error(`why failed: ${JSON.stringify(result)}`);
  return storySchema.parse(JSON.parse(result.stdout));
}

/** Runs a command as `why` prints it. Its words must be free of quotes. */
export function follow(trial: Trial, command: string | null, options: Partial<CliOptions> = {}): Promise<CliResult> {
  const [program, ...words] = (command ?? '').split(' ');
  if (program !== 'drason' || command?.includes("'")) throw new Error(`no plain command: ${command}`);
  return trial.run(words, options);
}
