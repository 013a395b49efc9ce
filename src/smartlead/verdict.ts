/** What one answer says about one lead. */
export type Verdict =
  | {
      kind: 'accepted';
      evidence: 'id_map' | 'list' | 'counters' | 'roster' | 'look_up';
      smartleadLeadId: string | null;
    }
  | { kind: 'refused'; message: string }
  | { kind: 'in_other_campaign' }
  | { kind: 'credit_limit' }
  /** Nothing proves it either way. `byPushing`: pushing it again in a smaller batch may tell. `said`: what it gave as the reason. */
  | { kind: 'unproven'; byPushing: boolean; said?: string };
