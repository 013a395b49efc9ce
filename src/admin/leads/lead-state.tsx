import type { HoldReason, Status } from '../../lead.js';
import { HOLD_TEXT } from '../../text/hold-reasons.js';

const COLOR: Record<Status, string> = { ACTIVE: 'green', HELD: 'yellow', BLOCKED: 'red' };
const MEANS = { ACTIVE: 'proven to be in its campaign', BLOCKED: 'never to be mailed' } as const;

/** Where a lead stands, in plain words. */
export function State({ status, reason }: { status: Status; reason: HoldReason | null }) {
  const means = status === 'HELD' ? reason && HOLD_TEXT[reason] : MEANS[status];
  return (
    <>
      <span class={`tag ${COLOR[status]}`}>{reason === null ? status : `${status} ${reason}`}</span>{' '}
      <span class="what">{means}</span>
    </>
  );
}
