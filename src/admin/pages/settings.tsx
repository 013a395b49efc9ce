import { z } from 'zod';
import { FLAGS, PUSH_SETTINGS, type PushSettingName, pushSettingTexts, readTyped } from '../../config/push-settings.js';
import {
  changeSettings,
  type KeptSetting,
  keptSettings,
  latestSettingChanges,
  type SettingChange,
} from '../../store/settings/push-settings.js';
import { type AdminApp, type AdminContext, at, type Desk } from '../desk.js';
import { backTo, formOf, readFields } from '../forms.js';
import { Page, Text, Time, Token } from '../layout.js';

/** A setting in plain words; a switch says what it does when it is on and when it is off. */
interface Words {
  name: string;
  what: string;
  on?: string;
  off?: string;
}

const WORDS: Record<PushSettingName, Words> = {
  'smartlead.batch_size': {
    name: 'Leads per request',
    what: "1 to 400. Smartlead's older accounts take 100 at most.",
  },
  'smartlead.rate_limit': {
    name: 'How often Smartlead may be asked',
    what:
      'Requests in any span of time, such as 10 per 2s; several with commas between, and then all of them hold. ' +
      'All processes that share the database keep to it together; organizations that share a key need the same.',
  },
  'smartlead.settings.ignore_global_block_list': {
    name: "Leads on Smartlead's global block list",
    what: 'What Smartlead does with addresses and domains that you have blocked there.',
    on: 'the block list is ignored: they are added all the same',
    off: 'Smartlead refuses them, and drason holds them as refused',
  },
  'smartlead.settings.ignore_unsubscribe_list': {
    name: 'People who have unsubscribed in Smartlead',
    what: 'Leads that drason itself knows to have unsubscribed are never sent, whatever is set here.',
    on: 'that is ignored: they are added, and mailed again',
    off: 'Smartlead refuses them, and drason holds them as refused',
  },
  'smartlead.settings.ignore_duplicate_leads_in_other_campaign': {
    name: 'Leads that Smartlead has in another campaign',
    what: 'The name suggests the opposite of what Smartlead does.',
    on: 'Smartlead skips them, and drason holds them as in_other_campaign',
    off: 'they are added to this campaign as well',
  },
};

const LATEST_CHANGES = 20;

type Typed = Partial<Record<PushSettingName, string>>;
const typedSchema = z.object({
  'smartlead.batch_size': z.exactOptional(z.string()),
  'smartlead.rate_limit': z.exactOptional(z.string()),
  'smartlead.settings.ignore_global_block_list': z.exactOptional(z.string()),
  'smartlead.settings.ignore_unsubscribe_list': z.exactOptional(z.string()),
  'smartlead.settings.ignore_duplicate_leads_in_other_campaign': z.exactOptional(z.string()),
} satisfies Record<PushSettingName, unknown>);
const backSchema = z.object({ setting: z.enum(PUSH_SETTINGS) });

const isFlag = (setting: PushSettingName) => FLAGS.some((name) => setting === `smartlead.settings.${name}`);

interface FieldProps {
  setting: PushSettingName;
  /** What the rules file says, and where; undefined: its default. */
  inFile: string;
  line: string | undefined;
  kept: KeptSetting | undefined;
  /** What is in the field. */
  value: string;
  problem: string | undefined;
}

function Input({ setting, inFile, value, problem }: FieldProps) {
  const described = `${setting}-now ${setting}-what${problem === undefined ? '' : ` ${setting}-problem`}`;
  const about = {
    id: setting,
    name: setting,
    'aria-describedby': described,
    'aria-invalid': problem === undefined ? undefined : ('true' as const),
  };
  if (!isFlag(setting)) return <input {...about} value={value} placeholder={inFile} autocomplete="off" size={30} />;
  return (
    <select {...about}>
      <option value="" selected={value === ''}>{`as in the rules file (${inFile})`}</option>
      <option value="true" selected={value === 'true'}>
        true
      </option>
      <option value="false" selected={value === 'false'}>
        false
      </option>
    </select>
  );
}

/** What applies now, and where it comes from. */
function Now({ setting, inFile, line, kept }: FieldProps) {
  const file = line === undefined ? 'the default' : line;
  return (
    <p id={`${setting}-now`}>
      {'Now: '}
      <strong>
        <Text>{kept ? String(kept.value) : inFile}</Text>
      </strong>
      {kept ? (
        <>
          , kept here since <Time at={kept.since} />. The rules file&#39;s is <Text>{inFile}</Text> (<Text>{file}</Text>
          ).{' '}
          <button type="submit" form="back" name="setting" value={setting} class="quiet">
            {`Back to ${inFile}`}
          </button>
        </>
      ) : (
        <>
          , <Text>{line === undefined ? 'the default' : `from ${line}`}</Text>
        </>
      )}
    </p>
  );
}

function Field(props: FieldProps) {
  const { setting, problem } = props;
  const { name, what, on, off } = WORDS[setting];
  return (
    <div class="setting">
      <label for={setting}>
        <strong>{name}</strong> <code>{setting}</code>
      </label>
      <Input {...props} />
      {problem === undefined ? null : (
        <p class="notice bad" id={`${setting}-problem`}>
          <Text>{problem}</Text>
        </p>
      )}
      <Now {...props} />
      <p class="hint" id={`${setting}-what`}>
        {what}
        {on === undefined ? null : (
          <>
            {' '}
            <strong>true</strong>: {on}. <strong>false</strong>: {off}.
          </>
        )}
      </p>
    </div>
  );
}

function Changes({ changes }: { changes: readonly SettingChange[] }) {
  if (changes.length === 0) return <p class="none">Nothing was changed here.</p>;
  const shown = (value: SettingChange['was']) => (value === null ? 'as in the rules file' : String(value));
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">When (UTC)</th>
          <th scope="col">Setting</th>
          <th scope="col">Before</th>
          <th scope="col">Since then</th>
        </tr>
      </thead>
      <tbody>
        {changes.map(({ at: when, setting, was, now }) => (
          <tr>
            <td>
              <Time at={when} />
            </td>
            <td>
              <Text>{setting}</Text>
            </td>
            <td>
              <Text>{shown(was)}</Text>
            </td>
            <td>
              <Text>{shown(now)}</Text>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

async function show(c: AdminContext, desk: Desk, typed: Typed = {}, problems: Typed = {}): Promise<Response> {
  const config = c.get('config');
  const kept = new Map((await keptSettings(desk.store, config.organization)).map((one) => [one.setting, one]));
  const changes = await latestSettingChanges(desk.store, config.organization, LATEST_CHANGES);
  const inFile = pushSettingTexts(config.smartlead);
  const lines = desk.settingLines[config.organization] ?? {};
  const wrong = Object.keys(problems).length > 0;
  if (wrong) c.status(400);
  return c.html(
    <Page c={c} desk={desk} page="settings" title="Settings">
      {wrong ? (
        <p class="notice bad" role="alert">
          Nothing was changed: what is marked below cannot be taken.
        </p>
      ) : null}
      <section aria-labelledby="push">
        <h2 id="push">The push</h2>
        <p>
          What you set here is kept in the database, holds instead of the rules file, and applies from the next request
          on, for everything that is at work. A field that is left empty goes by the rules file, as it was when drason
          serve started.
        </p>
        <form method="post" action={at(config, 'settings')}>
          <Token c={c} />
          {PUSH_SETTINGS.map((setting) => {
            const one = kept.get(setting);
            return (
              <Field
                setting={setting}
                inFile={inFile[setting]}
                line={lines[setting]}
                kept={one}
                value={typed[setting] ?? (one ? String(one.value) : '')}
                problem={problems[setting]}
              />
            );
          })}
          <button type="submit">Save</button>
        </form>
        <form method="post" action={at(config, 'settings/back')} id="back">
          <Token c={c} />
        </form>
      </section>
      <section aria-labelledby="changes" tabindex={0}>
        <h2 id="changes">Latest changes</h2>
        <Changes changes={changes} />
      </section>
    </Page>,
  );
}

const saidOf = (changed: readonly string[]) =>
  changed.length === 0 ? 'Nothing was to be changed.' : `Changed: ${changed.join(', ')}`;

/** The settings of the push that are kept in the database, over the rules file. */
export function settingsRoutes(app: AdminApp, desk: Desk): void {
  app.get('/o/:organization/settings', (c) => show(c, desk));

  app.post('/o/:organization/settings', async (c) => {
    const config = c.get('config');
    const typed = readFields(typedSchema, await formOf(c));
    const problems: Typed = {};
    const changes: Record<string, KeptSetting['value'] | null> = {};
    for (const setting of PUSH_SETTINGS) {
      const text = typed[setting];
      if (text === undefined) continue;
      const read = readTyped(setting, text);
      if ('problem' in read) problems[setting] = read.problem;
      else changes[setting] = read.value;
    }
    if (Object.keys(problems).length > 0) return show(c, desk, typed, problems);
    const changed = await changeSettings(desk.store, config.organization, changes);
    return backTo(c, at(config, 'settings'), saidOf(changed));
  });

  app.post('/o/:organization/settings/back', async (c) => {
    const config = c.get('config');
    const { setting } = readFields(backSchema, await formOf(c));
    const changed = await changeSettings(desk.store, config.organization, { [setting]: null });
    return backTo(c, at(config, 'settings'), saidOf(changed));
  });
}
