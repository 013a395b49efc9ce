import { createHash } from 'node:crypto';
import { UsageError } from '../errors.js';
import { ANSWER_SHAPES, type AnswerShape, INVALID_MODES, type InvalidMode } from './answers.js';

/** Faults that strike instead of the work: the account does not learn of the request. */
export const FAULTS_INSTEAD = [
  'reset-before',
  'hang',
  '500',
  '502-html',
  '503',
  '429',
  '401',
  '403-html',
  '404',
  '302',
] as const;
/** Faults that strike when the work is done: only the answer suffers. */
export const FAULTS_AFTER = ['reset-after', 'hang-after', '500-after', 'text', 'empty', 'html', 'slow-drip'] as const;
export type FaultInstead = (typeof FAULTS_INSTEAD)[number];
export type FaultAfter = (typeof FAULTS_AFTER)[number];
export type Fault = FaultInstead | FaultAfter;

/** A request as a plan of faults sees it; `n` counts from 0 those that the rate limit let through. */
export interface FaultRequest {
  n: number;
  method: string;
  path: string;
  /** The parsed JSON; undefined when there was none. */
  body: unknown;
}

/** Which fault strikes a request, if any. */
export type PickFault = (request: FaultRequest) => Fault | undefined;

/** What a fault spec says, under the names that the sandbox's options have. */
export interface FaultPlan {
  faults: PickFault;
  latencyMs?: () => number;
  answer?: AnswerShape;
  invalid?: InvalidMode;
}

const FAULTS: readonly Fault[] = [...FAULTS_INSTEAD, ...FAULTS_AFTER];

/**
 * Reads a spec such as `reset-after=10%,500=5%,latency=100ms-300ms,answer=counts,invalid=reject`. A fault without a
 * share strikes every request. The same spec and seed strike the same requests. Throws a UsageError.
 */
export function parseFaults(spec: string, seed = 1): FaultPlan {
  const shares: { fault: Fault; upTo: number }[] = [];
  const plan: Omit<FaultPlan, 'faults'> = {};
  let total = 0;
  for (const part of spec.split(',').map((piece) => piece.trim())) {
    if (part === '') continue;
    const [, name = part, value] = /^([^=]*?)\s*=\s*(.*)$/.exec(part) ?? [];
    if (name === 'latency') plan.latencyMs = latency(part, value ?? '', seed);
    else if (name === 'answer') plan.answer = oneOf(ANSWER_SHAPES, part, value ?? '');
    else if (name === 'invalid') plan.invalid = oneOf(INVALID_MODES, part, value ?? '');
    else {
      const fault = FAULTS.find((known) => known === name);
      if (!fault)
        throw new UsageError(`unknown fault "${name}"`, `Known: ${FAULTS.join(', ')}, latency, answer, invalid`);
      total += value === undefined ? 100 : percentage(part, value);
      shares.push({ fault, upTo: total });
    }
  }
  if (total > 100.000_001) throw new UsageError(`the faults add up to ${total}%, more than every request`);
  const faults: PickFault = ({ n }) => {
    const drawn = 100 * chance(`${seed}:fault:${n}`);
    return shares.find((share) => drawn < share.upTo)?.fault;
  };
  return { ...plan, faults };
}

// drawn from the number of the request, so that requests that overtake each other meet the same faults
function chance(label: string): number {
  return createHash('sha256').update(label).digest().readUInt32BE() / 2 ** 32;
}

function percentage(part: string, value: string): number {
  const number = /^(\d+(?:\.\d+)?)%$/.exec(value)?.[1];
  if (number === undefined) throw new UsageError(`"${part}" needs a share such as 10%`);
  return Number(number);
}

function latency(part: string, value: string, seed: number): () => number {
  const [from, to, ...more] = value.split('-').map(milliseconds);
  const top = value.includes('-') ? to : from;
  if (from === undefined || top === undefined || top < from || more.length > 0) {
    throw new UsageError(`"${part}" needs a duration or a range such as 300ms or 100ms-1s`);
  }
  let calls = 0;
  return () => from + (top - from) * chance(`${seed}:latency:${calls++}`);
}

function milliseconds(duration: string): number | undefined {
  const [, number, unit] = /^(\d+(?:\.\d+)?)\s*(ms|s)?$/.exec(duration.trim()) ?? [];
  return number === undefined ? undefined : Number(number) * (unit === 's' ? 1000 : 1);
}

function oneOf<T extends string>(known: readonly T[], part: string, value: string): T {
  const found = known.find((item) => item === value);
  if (found === undefined) throw new UsageError(`"${part}" is not known`, `Known: ${known.join(', ')}`);
  return found;
}
