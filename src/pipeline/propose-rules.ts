import { type FirstRule, keyOf } from '../config/first-rules.js';
import { InputBroken } from '../intake/read-leads.js';
import { counted } from '../text/wording.js';
import type { LeadFiles } from './lead-files.js';

/** More rules than this are not proposed: what is rarer is better looked at first. */
const MOST_RULES = 10;

interface Persona {
  /** As it is spelt the first time. */
  persona: string;
  leads: number;
  /** How many leads have each score. */
  scores: Map<number, number>;
}

export interface Proposal {
  rules: FirstRule[];
  /** What the rules leave out, and why; a line each. */
  notes: string[];
}

/**
 * Reads the personas and scores of an export, as ingest would, and proposes a rule for each of the commonest personas:
 * from the score on that half of its leads reach. Campaigns are numbered from the example's id on, to be replaced.
 */
export async function proposeRules(files: LeadFiles): Promise<Proposal> {
  const { personas, without, broken } = await tally(files);
  const common = [...personas.values()].sort((a, b) => b.leads - a.leads);
  const chosen = common.slice(0, MOST_RULES);
  const rules = chosen.map(({ persona, leads, scores }, place): FirstRule => {
    const known = [...scores.keys()];
    const least = known.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
    const most = known.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    const range = known.length === 0 ? 'no scores' : `scores ${least} to ${most}`;
    return {
      personas: [persona],
      minScore: known.length === 0 ? 0 : halfReach(scores),
      campaignId: String(123_456 + place),
      note: `${counted(leads, 'lead')}, ${range}`,
    };
  });
  const rare = common.slice(MOST_RULES);
  const left = rare.reduce((sum, { leads }) => sum + leads, 0);
  return {
    rules,
    notes: [
      ...(rare.length > 0
        ? [`${counted(rare.length, 'rarer persona', 'rarer personas')} with ${counted(left, 'lead')} got no rule`]
        : []),
      ...(without > 0 ? [`${counted(without, 'lead')} without a persona: only a rule for "*" takes them`] : []),
      ...(broken === undefined ? [] : [`the file was not read to its end: ${broken}`]),
    ],
  };
}

async function tally(files: LeadFiles) {
  const personas = new Map<string, Persona>();
  let without = 0;
  let broken: string | undefined;
  try {
    for (const input of files.inputs) {
      for await (const batch of input.rows()) {
        for (const row of batch) {
          if (row.kind !== 'lead') continue;
          const { persona, lead_score: score } = row.lead;
          if (persona === undefined) {
            without++;
            continue;
          }
          const found = personas.get(keyOf(persona)) ?? { persona, leads: 0, scores: new Map<number, number>() };
          found.leads++;
          if (typeof score === 'number') found.scores.set(score, (found.scores.get(score) ?? 0) + 1);
          personas.set(keyOf(persona), found);
        }
      }
    }
  } catch (error) {
    if (!(error instanceof InputBroken)) throw error;
    broken = error.message;
  }
  return { personas, without, broken };
}

/** The score that half of the leads reach, rounded down to a multiple of five where scores are large enough for that. */
function halfReach(scores: ReadonlyMap<number, number>): number {
  const falling = [...scores].sort(([a], [b]) => b - a);
  const total = falling.reduce((sum, [, leads]) => sum + leads, 0);
  let reached = 0;
  for (const [score, leads] of falling) {
    reached += leads;
    if (reached * 2 >= total) return score >= 10 ? Math.floor(score / 5) * 5 : score;
  }
  return 0;
}
