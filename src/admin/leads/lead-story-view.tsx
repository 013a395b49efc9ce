import type { LeadStory } from '../../story/lead-story.js';
import { type Fold, foldStory } from '../../story/story-folds.js';
import type { DecisionStory, StoryEntry, TriedRule } from '../../story/story-types.js';
import { counted } from '../../text/wording.js';
import { evidenceWords } from '../../text/words.js';
import { Long } from '../clipped.js';
import { type AdminContext, at } from '../desk.js';
import { Text, Time } from '../layout.js';

/** With more rules than this that did not match, the others are folded away. */
const MANY_RULES = 8;

function Rule({ rule: { rule, matched, why } }: { rule: TriedRule }) {
  return (
    <li>
      <span class={`tag ${matched ? 'green' : 'red'}`}>{matched ? 'matches' : 'no'}</span> <Long>{rule}</Long>
      {matched ? null : (
        <>
          : <Long>{why ?? ''}</Long>
        </>
      )}
    </li>
  );
}

function Rules({ decision: { tried, not_told, rules } }: { decision: DecisionStory }) {
  const missed = tried.filter(({ matched }) => !matched);
  const matched = tried.filter((one) => one.matched);
  const list = (some: readonly TriedRule[]) => (
    <ul class="plain">
      {some.map((rule) => (
        <Rule rule={rule} />
      ))}
    </ul>
  );
  return (
    <>
      {missed.length <= MANY_RULES ? (
        list(missed)
      ) : (
        <details>
          <summary>{counted(missed.length, 'rule')} did not match</summary>
          {list(missed)}
        </details>
      )}
      {list(matched)}
      {not_told !== null ? (
        <p>
          Which rules were tried cannot be told: <Text>{not_told}</Text>.
        </p>
      ) : rules !== null && tried.length === 0 ? (
        <p>There were no rules to try.</p>
      ) : null}
    </>
  );
}

/** What gate and rules said; `before` is what they said the last time. */
export function Decision({ decision, before }: { decision: DecisionStory; before?: DecisionStory | undefined }) {
  const { health_classification: health, health_score: points, allowed, signals, tried } = decision;
  const same = before !== undefined && tried.length > 0 && JSON.stringify(before.tried) === JSON.stringify(tried);
  const match = tried.find(({ matched }) => matched)?.rule;
  return (
    <>
      {health === null ? null : (
        <p>
          Health {health}
          {points === null ? '' : `, ${points} points`}
          {allowed ? ' (on the allow-list)' : ''}
        </p>
      )}
      {signals.length === 0 ? null : (
        <ul>
          {signals.map(({ penalty, text }) => (
            <li>
              −{penalty} <Long>{text}</Long>
            </li>
          ))}
        </ul>
      )}
      {same ? (
        <p>
          The rules as before: <Text>{match ?? 'none matches'}</Text>
        </p>
      ) : (
        <Rules decision={decision} />
      )}
    </>
  );
}

function Counters({ entry }: { entry: Extract<StoryEntry, { kind: 'attempt' }> }) {
  if (entry.counters === null) return null;
  const shown = Object.entries(entry.counters).filter(([, value]) => value !== 0 && value !== false);
  const text = shown.map(([name, value]) => `${name} ${String(value)}`).join(' · ');
  return (
    <p class="hint">
      Smartlead's counters{entry.leads === null || entry.leads === 1 ? '' : `, of all ${entry.leads} leads`}:{' '}
      <Text>{text === '' ? 'all 0' : text}</Text>
    </p>
  );
}

function More({ fold: { more, until, attempts, leads } }: { fold: Fold }) {
  const sizes = new Set(leads).size > 1 ? `, for ${leads.join(', ')} leads` : '';
  return (
    <li>
      … the same {more} more times
      {until === null ? null : (
        <>
          , until <Time at={until} />
        </>
      )}
      {attempts.length === 0 ? null : ` (attempts ${attempts[0]} to ${attempts.at(-1)}${sizes})`}
    </li>
  );
}

function Entry(props: { c: AdminContext; entry: StoryEntry; before: DecisionStory | undefined }) {
  const { c, entry, before } = props;
  const decides = entry.kind === 'arrival' || entry.kind === 'retry';
  return (
    <li>
      <Time at={entry.at} /> <Long>{entry.text}</Long>
      {decides && entry.decision !== null ? <Decision decision={entry.decision} before={before} /> : null}
      {entry.kind === 'attempt' ? <Counters entry={entry} /> : null}
      {decides && entry.run !== null ? (
        <p class="hint">
          <a href={at(c.get('config'), `runs/${encodeURIComponent(entry.run)}`)}>its run</a>
        </p>
      ) : null}
    </li>
  );
}

/** Everything that was decided and done, oldest first; what was repeated is drawn together. */
export function Story({ c, story }: { c: AdminContext; story: readonly StoryEntry[] }) {
  let before: DecisionStory | undefined;
  return (
    <ol class="story">
      {foldStory(story).flatMap((fold) => [
        ...fold.entries.map((entry) => {
          const shown = <Entry c={c} entry={entry} before={before} />;
          if ((entry.kind === 'arrival' || entry.kind === 'retry') && entry.decision) before = entry.decision;
          return shown;
        }),
        ...(fold.more > 0 ? [<More fold={fold} />] : []),
      ])}
    </ol>
  );
}

/** The campaigns that the lead is proven to be in. */
export function Memberships({ c, memberships }: { c: AdminContext; memberships: LeadStory['memberships'] }) {
  if (memberships.length === 0) return <p class="none">It is in no campaign, as far as is proven.</p>;
  return (
    <table>
      <thead>
        <tr>
          {['Campaign', 'Since (UTC)', 'Proof', 'Attempt', "Smartlead's lead"].map((heading) => (
            <th scope="col">{heading}</th>
          ))}
        </tr>
      </thead>
      <tbody>
        {memberships.map((one) => (
          <tr>
            <td>
              <a href={`${at(c.get('config'), 'leads')}?${new URLSearchParams({ campaign: one.campaign })}`}>
                <Text>{one.campaign}</Text>
              </a>{' '}
              {one.name === null ? null : <Text>{one.name}</Text>}
            </td>
            <td>
              <Time at={one.since} />
            </td>
            <td>{evidenceWords(one.evidence)}</td>
            <td>{one.number ?? '–'}</td>
            <td>{one.smartlead_lead_id === null ? '–' : <Text>{one.smartlead_lead_id}</Text>}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
