const TAGS = ['unsubscribed', 'blocked', 'bounced', 'invalid', 'elsewhere'] as const;
export type MagicTag = (typeof TAGS)[number];

/** The campaign that `+elsewhere` addresses are already in. It comes into being with the first of them. */
export const ELSEWHERE_CAMPAIGN = '999999';

/**
 * Addresses that behave in a set way, like a card processor's test cards, so that a refusal can be rehearsed. The part
 * before the @ holds one of these:
 *
 * | address                   | the sandbox treats it as                                                        |
 * |---------------------------|---------------------------------------------------------------------------------|
 * | `ann+unsubscribed@x.com`  | on the unsubscribe list: not attached unless `ignore_unsubscribe_list`          |
 * | `ann+blocked@x.com`       | on the global block list: not attached unless `ignore_global_block_list`        |
 * | `ann+bounced@x.com`       | bounced before: never attached                                                  |
 * | `ann+invalid@x.com`       | not an e-mail address: counted as invalid, or a 400, as the `invalid` mode says |
 * | `ann+elsewhere@x.com`     | already a member of another campaign, {@link ELSEWHERE_CAMPAIGN}                |
 */
export function magicTag(email: string): MagicTag | undefined {
  const local = email.slice(0, Math.max(0, email.lastIndexOf('@')));
  return TAGS.find((tag) => local.includes(`+${tag}`));
}

/** Whether the sandbox takes a (normalised) address for a real one: `x@y.z` without blanks, and not `+invalid`. */
export function isInvalid(email: string): boolean {
  return !/^[^\s@]+@[^\s@.]+(\.[^\s@.]+)+$/.test(email) || magicTag(email) === 'invalid';
}
