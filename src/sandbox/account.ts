import { createHash } from 'node:crypto';
import type Database from 'better-sqlite3';
import { canonicalAddress } from '../address.js';
import { type Clock, isoTime, systemClock } from '../clock.js';
import type { Scalar } from '../lead.js';
import { openAccountFile } from './account-file.js';
import {
  type Campaign,
  type LEAD_TEXT_FIELDS,
  type LeadRow,
  type Membership,
  prepareStatements,
  type StopKind,
} from './statements.js';

/** A lead as a request describes it. */
export interface SentLead extends Partial<Record<(typeof LEAD_TEXT_FIELDS)[number], string | undefined>> {
  email: string;
  custom_fields?: Record<string, Scalar> | undefined;
}

/** So many requests at most in any span of `windowMs` milliseconds. */
export interface RateLimit {
  requests: number;
  windowMs: number;
}

/** Whether a request may pass; `waitMs` is the time until the next one may, 0 when there is room now. */
export interface RateAnswer {
  allowed: boolean;
  remaining: number;
  waitMs: number;
}

/**
 * What one Smartlead account knows, kept in a SQLite file. Several processes may hold the same file open; they see one
 * truth, the rate limit included. E-mail addresses are taken in any case.
 */
export class SandboxAccount {
  private readonly db: Database.Database;
  private readonly sql: ReturnType<typeof prepareStatements>;
  private readonly clock: Clock;

  constructor(file: string, clock: Clock = systemClock) {
    this.db = openAccountFile(file);
    this.sql = prepareStatements(this.db);
    this.clock = clock;
  }

  /** Runs `work` as one transaction that holds the write lock from its first statement on. */
  immediate<T>(work: () => T): T {
    return this.db.transaction(work).immediate();
  }

  /** Creates the campaigns that do not exist yet, as ACTIVE ones. */
  ensureCampaigns(ids: string[]): void {
    const now = isoTime(this.clock.now());
    this.immediate(() => {
      for (const id of ids) this.sql.addCampaign.run(id, `Sandbox campaign ${id}`, now);
    });
  }

  /** Gives a campaign that exists another status, as a person may do in Smartlead's own pages. */
  setCampaignStatus(id: string, status: string): void {
    this.immediate(() => this.sql.setStatus.run(status, id));
  }

  campaigns(): Campaign[] {
    return this.sql.campaigns.all();
  }

  campaign(id: string): Campaign | undefined {
    return this.sql.campaign.get(id);
  }

  /** Creates the lead, or updates the fields that were sent. Returns its id, which is the same in every campaign. */
  saveLead(lead: SentLead): number {
    const row = {
      email: canonicalAddress(lead.email),
      first_name: lead.first_name ?? null,
      last_name: lead.last_name ?? null,
      phone_number: lead.phone_number ?? null,
      company_name: lead.company_name ?? null,
      website: lead.website ?? null,
      location: lead.location ?? null,
      linkedin_profile: lead.linkedin_profile ?? null,
      company_url: lead.company_url ?? null,
      custom_fields: JSON.stringify(lead.custom_fields ?? {}),
      created_at: isoTime(this.clock.now()),
    };
    const saved = this.immediate(() => this.sql.saveLead.get(row));
    if (!saved) throw new TypeError('an upsert with RETURNING gave no row');
    return saved.id;
  }

  lead(email: string): LeadRow | undefined {
    return this.sql.lead.get(canonicalAddress(email));
  }

  /** Makes a lead a member of a campaign and counts that it was newly attached. */
  attach(campaignId: string, leadId: number): void {
    this.immediate(() => this.sql.attach.run(campaignId, leadId));
  }

  /** Counts that a lead was sent again for a campaign it is a member of. */
  countPush(campaignId: string, leadId: number): void {
    this.immediate(() => this.sql.countPush.run(campaignId, leadId));
  }

  /** Takes a lead out of a campaign, as a person may do in Smartlead's own pages. */
  removeMember(campaignId: string, email: string): void {
    this.immediate(() => this.sql.remove.run(campaignId, canonicalAddress(email)));
  }

  /** {@link removeMember} by the lead's id, as Smartlead's API has it; false when it is no member. */
  removeLead(campaignId: string, leadId: string): boolean {
    return this.immediate(() => this.sql.removeLead.run(campaignId, leadId).changes === 1);
  }

  /** Every present membership of the account, in the order in which they came about. */
  memberships(): Membership[] {
    return this.sql.memberships.all();
  }

  membership(campaignId: string, email: string): Membership | undefined {
    return this.sql.membership.get(campaignId, canonicalAddress(email));
  }

  /** The e-mail addresses of a campaign's members. */
  membersOf(campaignId: string): string[] {
    return this.members(campaignId, 0, -1).map((lead) => lead.email);
  }

  /** A page of a campaign's members; a limit of -1 means all. */
  members(campaignId: string, offset: number, limit: number): LeadRow[] {
    return this.sql.members.all(campaignId, limit, offset);
  }

  memberCount(campaignId: string): number {
    return this.sql.memberCount.get(campaignId)?.count ?? 0;
  }

  campaignsOf(email: string): Campaign[] {
    return this.sql.campaignsOf.all(canonicalAddress(email));
  }

  unsubscribe(email: string): void {
    this.stop(email, 'unsubscribed');
  }

  block(email: string): void {
    this.stop(email, 'blocked');
  }

  bounce(email: string): void {
    this.stop(email, 'bounced');
  }

  isStopped(email: string, kind: StopKind): boolean {
    return this.sql.stopped.get(canonicalAddress(email), kind) !== undefined;
  }

  /** How many leads can still be attached; null means any number. */
  credits(): number | null {
    return this.sql.credits.get()?.credits ?? null;
  }

  setCredits(credits: number | null): void {
    this.immediate(() => this.sql.setCredits.run(credits));
  }

  /** Uses up one credit; false when none is left. */
  takeCredit(): boolean {
    return this.immediate(() => this.sql.takeCredit.run().changes === 1);
  }

  /**
   * Counts one request of a key against a sliding window, unless the window is full. A refused request does not count,
   * else a client that keeps asking would never get through. The key itself is not written down.
   */
  takeRequest(key: string, limit: RateLimit): RateAnswer {
    const hash = createHash('sha256').update(key).digest('hex');
    return this.immediate(() => {
      // the time is taken under the lock, so that hits are written in the order of their times
      const now = this.clock.steady();
      this.sql.forgetHits.run(hash, now - limit.windowMs, now);
      const times = this.sql.hits.all(hash).map((hit) => hit.at);
      const allowed = times.length < limit.requests;
      if (allowed) {
        this.sql.addHit.run(hash, now);
        times.push(now);
      }
      const remaining = Math.max(0, limit.requests - times.length);
      const oldest = times[times.length - limit.requests] ?? now;
      return { allowed, remaining, waitMs: remaining > 0 ? 0 : oldest + limit.windowMs - now };
    });
  }

  close(): void {
    this.db.close();
  }

  private stop(email: string, kind: StopKind): void {
    this.immediate(() => this.sql.stop.run(canonicalAddress(email), kind));
  }
}
