/** This many requests in a row without a good answer, and pushing pauses for a minute; sooner when none can be sent. */
const FAILURES_BEFORE_PAUSE = 5;
const REFUSALS_BEFORE_PAUSE = 3;

/** Counts failures in a row, over the rounds of a service, and says what is to pause: one campaign, or the key. */
export class Breaker {
  /** Failures since the last good answer, whatever its campaign. */
  #inRow = 0;
  /** The campaigns that they were of. */
  readonly #failing = new Set<string>();
  /** Failures in a row of each campaign by itself. */
  readonly #ofCampaign = new Map<string, number>();
  /** Campaigns whose last answer was good. */
  readonly #good = new Set<string>();

  /**
   * Takes the outcome of a push into account. `othersWait` tells whether other campaigns have leads to push: if only one
   * fails, they show whether Smartlead is there.
   */
  note(campaignId: string, outcome: string, othersWait: () => boolean): 'campaign' | 'key' | undefined {
    if (outcome === 'too_late') return undefined;
    if (outcome !== 'unknown' && outcome !== 'not_sent') {
      this.#inRow = 0;
      this.#failing.clear();
      this.#ofCampaign.delete(campaignId);
      this.#good.add(campaignId);
      return undefined;
    }
    this.#inRow++;
    this.#failing.add(campaignId);
    this.#good.delete(campaignId);
    const ofCampaign = (this.#ofCampaign.get(campaignId) ?? 0) + 1;
    this.#ofCampaign.set(campaignId, ofCampaign);
    // that nothing can be sent has nothing to do with campaigns
    if (outcome === 'not_sent') return this.#inRow < REFUSALS_BEFORE_PAUSE ? undefined : 'key';
    if (this.#inRow < FAILURES_BEFORE_PAUSE && ofCampaign < FAILURES_BEFORE_PAUSE) return undefined;
    const isAlone = this.#failing.size === 1 && (this.#good.size > 0 || othersWait());
    if (isAlone) return ofCampaign < FAILURES_BEFORE_PAUSE ? undefined : 'campaign';
    return this.#inRow < FAILURES_BEFORE_PAUSE ? undefined : 'key';
  }
}
