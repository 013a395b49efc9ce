/** The health gate: signals → score → GREEN, YELLOW or RED. Local, deterministic, explained. */
import type { HealthClass, Lead } from '../lead.js';
import { type MemoryLimits, remember } from '../remember.js';
import { type Domain, type Invalid, parseAddress, parseDomain } from './address.js';
import { makeListMatcher } from './address-list.js';
import { type DomainSignal, type LeadSignal, type PenaltyKey, SIGNALS, type SignalHit } from './signals.js';

export type { SignalHit } from './signals.js';

/** The `health:` part of a rules file. */
export interface GateSettings {
  greenAt: number;
  yellowAt: number;
  /** Points per signal; 0 turns a signal off. */
  penalties: Record<PenaltyKey, number>;
  /** Addresses and domains that pass, whatever the signals say. */
  allow: string[];
  /** Addresses and domains that must never be mailed; a suppression, which the gate itself does not look at. */
  block: string[];
}

export const DEFAULT_GATE: GateSettings = {
  greenAt: 80,
  yellowAt: 50,
  penalties: { role: 30, tld: 25, catchAll: 25, typo: 25 },
  allow: [],
  block: [],
};

/** What the gate thinks of a lead, and why. */
export interface HealthVerdict {
  classification: HealthClass;
  /** 0–100. */
  score: number;
  signals: SignalHit[];
  /** The allow-list named the address, so no signal was looked at. */
  allowed?: true;
}

export type Gate = (lead: Pick<Lead, 'email' | 'verifier'>) => HealthVerdict;

/** More domains than one list usually has, some 15 MB at most; whatever is longer is no domain. */
const REMEMBERED_DOMAINS: MemoryLimits = { most: 50_000, longest: 253 };

interface KnownDomain {
  domain: Domain | Invalid;
  hits: SignalHit[];
}

/**
 * Builds a gate that remembers what it found out about each domain. An entry of the allow-list that is the very address
 * lets anything pass; a domain entry lets pass what is an address at all.
 */
export function makeGate(settings: GateSettings): Gate {
  const { greenAt, yellowAt, penalties } = settings;
  const allowMatch = makeListMatcher(settings.allow);
  const signals = SIGNALS.filter(({ penaltyKey }) => penaltyKey === undefined || penalties[penaltyKey] !== 0);
  const domainSignals = signals.filter((signal): signal is DomainSignal => signal.of === 'domain');
  const leadSignals = signals.filter((signal): signal is LeadSignal => signal.of === 'lead');
  const hitOf = (signal: DomainSignal | LeadSignal, detail: string | undefined): SignalHit => ({
    name: signal.name,
    penalty: signal.penaltyKey ? penalties[signal.penaltyKey] : 100,
    ...(detail === undefined ? {} : { detail }),
  });

  const recall = remember((written): KnownDomain => {
    const domain = parseDomain(written);
    const hits: SignalHit[] = [];
    for (const signal of domainSignals) {
      const seen = domain.valid ? signal.find(domain) : undefined;
      if (seen) hits.push(hitOf(signal, seen.detail));
    }
    return { domain, hits };
  }, REMEMBERED_DOMAINS);
  const recallDomain = (written: string) => recall(written).domain;

  return ({ email, verifier }) => {
    const allowed = allowMatch(email);
    if (allowed?.exact) return { classification: 'GREEN', score: 100, signals: [], allowed: true };
    const address = parseAddress(email, recallDomain);
    if (allowed && address.valid) return { classification: 'GREEN', score: 100, signals: [], allowed: true };

    const hits: SignalHit[] = [];
    for (const signal of leadSignals) {
      const seen = signal.find(address, verifier);
      if (seen) hits.push(hitOf(signal, seen.detail));
    }
    if (address.valid) {
      for (const hit of recall(email.slice(email.lastIndexOf('@') + 1)).hits) hits.push({ ...hit });
    }
    if (hits.length === 0) return { classification: classify(100), score: 100, signals: hits };
    const fatal = hits.some(({ name }) => FATAL.has(name));
    const score = fatal ? 0 : Math.max(0, 100 - hits.reduce((sum, { penalty }) => sum + penalty, 0));
    return { classification: fatal ? 'RED' : classify(score), score, signals: hits };
  };

  function classify(score: number): HealthClass {
    if (score >= greenAt) return 'GREEN';
    return score >= yellowAt ? 'YELLOW' : 'RED';
  }
}

const FATAL = new Set(SIGNALS.filter(({ fatal }) => fatal).map(({ name }) => name));

/**
 * Builds the look-up in the block-list: the entry that names an address (itself, its domain or a parent domain), as the
 * user wrote it. Not part of the gate, because a block is a suppression and says nothing about health.
 */
export function blockListMatch(settings: Pick<GateSettings, 'block'>): (email: string) => string | undefined {
  const match = makeListMatcher(settings.block);
  return (email) => match(email)?.entry;
}
