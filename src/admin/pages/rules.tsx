import { z } from 'zod';
import { canonicalAddress } from '../../address.js';
import { loadRulesFile } from '../../config/load.js';
import type { OrganizationConfig } from '../../config/schema.js';
import type { Lead } from '../../lead.js';
import { type Decider, makeDecider } from '../../pipeline/decide.js';
import { destinationOf, explainDecision } from '../../pipeline/explain.js';
import { runRuleTests, tryLead } from '../../pipeline/rule-tests.js';
import { lintRules } from '../../routing/lint-rules.js';
import { findSuppression } from '../../store/leads/suppressions.js';
import { readRuleCounts } from '../../store/log/rule-counts.js';
import { campaignNames } from '../../store/rosters/campaigns.js';
import { counted, number } from '../../text/wording.js';
import { type AdminApp, at, type Desk } from '../desk.js';
import { optionalField, readFields } from '../forms.js';
import { NumberHead, Page, Text } from '../layout.js';

const trySchema = z.object({
  persona: optionalField,
  score: optionalField.pipe(
    z
      .string()
      .regex(/^[+-]?(\d+\.?\d*|\.\d+)$/, 'expected a number')
      .transform(Number)
      .optional(),
  ),
  email: optionalField.transform((text) => (text === undefined ? undefined : canonicalAddress(text))),
  verifier: optionalField.pipe(z.enum(['valid', 'risky', 'invalid']).optional()),
});
type Tried = z.infer<typeof trySchema>;

/** What the rules file says about an organization's decisions: what a change of it would have to be about. */
const decisive = ({ rules, tests, health }: OrganizationConfig) => JSON.stringify({ rules, tests, health });

/** What has become of the rules file since the server was started; undefined: nothing that matters here. */
function changeOf(desk: Desk, config: OrganizationConfig): string | undefined {
  try {
    const now = loadRulesFile(desk.rulesPath).organizations.get(config.organization);
    if (!now) return `The file has no organization ${config.organization} any more.`;
    return decisive(now) === decisive(config) ? undefined : 'The file has been changed since.';
  } catch (error) {
    return `The file cannot be used as it is now: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function Rules(props: {
  leads: string;
  decider: Decider;
  counts: ReadonlyMap<string, number>;
  names: ReadonlyMap<string, string>;
}) {
  const { leads, decider, counts, names } = props;
  const { rules } = decider.rules;
  if (rules.length === 0) return <p class="none">There are no rules: every lead waits in the holding pool.</p>;
  const keys = rules.map((rule) => decider.ruleKeys.get(rule) ?? '');
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">Tried</th>
          <th scope="col">Persona</th>
          <th scope="col">Campaign</th>
          <NumberHead>Score from</NumberHead>
          <NumberHead>Priority</NumberHead>
          <NumberHead>Leads taken</NumberHead>
          <NumberHead>Line</NumberHead>
        </tr>
      </thead>
      <tbody>
        {rules.map((rule, index) => {
          const key = keys[index] ?? '';
          // of two rules that say the same only the first ever takes a lead
          const taken = keys.indexOf(key) === index ? (counts.get(key) ?? 0) : 0;
          return (
            <tr>
              <td>{index + 1}</td>
              <td>
                <Text>{rule.personas[0] === '*' ? 'anyone' : rule.personas.join(', ')}</Text>
              </td>
              <td>
                <a href={`${leads}?campaign=${encodeURIComponent(rule.campaignId)}`}>
                  <Text>{rule.campaignId}</Text>
                </a>{' '}
                {names.has(rule.campaignId) ? <Text>{names.get(rule.campaignId)}</Text> : null}
              </td>
              <td class="number">{rule.minScore}</td>
              <td class="number">{rule.priority}</td>
              <td class="number">{number(taken)}</td>
              <td class="number">{rule.line ?? '–'}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function TryForm({ address, tried }: { address: string; tried: Tried }) {
  return (
    <form method="get" action={`${address}#try`} class="filters" aria-label="Try a lead">
      <label>
        Persona
        <input name="persona" value={tried.persona} size={20} autocomplete="off" />
      </label>
      <label>
        Score
        <input name="score" value={tried.score} size={6} inputmode="decimal" autocomplete="off" />
      </label>
      <label>
        E-mail (without one the health gate is skipped)
        <input name="email" value={tried.email} size={26} autocomplete="off" />
      </label>
      <label>
        A verifier said
        <select name="verifier">
          <option value="">nothing</option>
          {['valid', 'risky', 'invalid'].map((verdict) => (
            <option value={verdict} selected={verdict === tried.verifier}>
              {verdict}
            </option>
          ))}
        </select>
      </label>
      <button type="submit">Try</button>
    </form>
  );
}

/** Where a lead would go, and each step that says so. */
function explain(tried: Tried, decider: Decider, suppressedFor: string | undefined) {
  const given: Partial<Lead> = {
    ...(tried.email === undefined ? {} : { email: tried.email }),
    ...(tried.persona === undefined ? {} : { persona: tried.persona }),
    ...(tried.score === undefined ? {} : { lead_score: tried.score }),
    ...(tried.verifier === undefined ? {} : { verifier: tried.verifier }),
  };
  const { lead, decision } = tryLead(given, decider, suppressedFor);
  const lines = explainDecision(lead, decision, decider);
  return {
    destination: destinationOf(decision),
    lines: tried.email === undefined ? ['Health  not looked at: no e-mail', ...lines.slice(1)] : lines,
  };
}

const DESTINATIONS: Record<string, string> = {
  held: 'It would stay in the holding pool.',
  blocked: 'It would be blocked, and never mailed.',
};

function Findings({ decider }: { decider: Decider }) {
  const findings = lintRules(decider.rules);
  if (findings.length === 0) return <p>Nothing to complain about.</p>;
  return (
    <ul class="plain">
      {findings.map(({ kind, message }) => (
        <li>
          <span class={`tag ${kind === 'unreachable' ? 'red' : 'yellow'}`}>{kind}</span> <Text>{message}</Text>
        </li>
      ))}
    </ul>
  );
}

function Tests({ config, decider }: { config: OrganizationConfig; decider: Decider }) {
  const results = runRuleTests(config.tests, decider);
  const failed = results.filter(({ passed }) => !passed).length;
  if (results.length === 0) return <p class="none">The file has no tests; write some under “tests:”.</p>;
  return (
    <>
      <p>
        {failed === 0
          ? `${counted(results.length, 'test')}, all passed.`
          : `${number(failed)} of ${counted(results.length, 'test')} failed.`}
      </p>
      <ul class="plain">
        {results.map(({ name, line, expected, found, passed, why }) => (
          <li>
            <span class={`tag ${passed ? 'green' : 'red'}`}>{passed ? 'passed' : 'failed'}</span> line {line}:{' '}
            <Text>{name}</Text> → <Text>{found}</Text>
            {passed ? null : (
              <>
                , expected <Text>{expected}</Text> (<Text>{why}</Text>)
              </>
            )}
          </li>
        ))}
      </ul>
    </>
  );
}

/** The rules as the server goes by them: what they took, what a lead would meet, what is wrong with them. */
export function rulesRoutes(app: AdminApp, desk: Desk): void {
  const { store } = desk;
  app.get('/o/:organization/rules', async (c) => {
    const config = c.get('config');
    const { organization } = config;
    const tried = readFields(trySchema, c.req.query());
    const decider = makeDecider(config);
    const isTried = Object.values(tried).some((value) => value !== undefined);
    const suppressed = tried.email === undefined ? undefined : await findSuppression(store, organization, tried.email);
    const answer = isTried ? explain(tried, decider, suppressed?.reason) : undefined;
    const counts = await readRuleCounts(store, organization);
    const names = await campaignNames(store, organization);
    const change = changeOf(desk, config);
    return c.html(
      <Page c={c} desk={desk} page="rules" title="Rules">
        <p>
          The rules are those of{' '}
          <code>
            <Text>{desk.rulesPath}</Text>
          </code>
          , as they were when <code>drason serve</code> was started. To change them, edit the file and restart the
          service.
        </p>
        {change === undefined ? null : (
          <p class="notice warn" role="status">
            <Text>{change}</Text> What is shown here, and what the service does, is as it was before.
          </p>
        )}
        <section>
          <h2>In the order in which they are tried</h2>
          <p class="hint">
            The first that matches takes the lead. A lead counts as taken when a rule gives it a campaign it did not
            have; a rule is the same as long as its personas, its score and its campaign are.
          </p>
          <Rules leads={at(config, 'leads')} decider={decider} counts={counts} names={names} />
        </section>
        <section aria-labelledby="try">
          <h2 id="try">Try a lead</h2>
          <TryForm address={at(config, 'rules')} tried={tried} />
          {answer === undefined ? null : (
            <div role="status">
              <p>
                <strong>
                  <Text>{DESTINATIONS[answer.destination] ?? `It would go to campaign ${answer.destination}.`}</Text>
                </strong>
              </p>
              <pre>
                <Text>{answer.lines.join('\n')}</Text>
              </pre>
            </div>
          )}
        </section>
        <section>
          <h2>What is probably not meant</h2>
          <Findings decider={decider} />
        </section>
        <section>
          <h2>The file’s own tests</h2>
          <Tests config={config} decider={decider} />
        </section>
      </Page>,
    );
  });
}
