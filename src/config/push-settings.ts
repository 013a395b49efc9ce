/** The settings of the push that may be kept in the database, over the rules file. */
import { basename } from 'node:path';
import { z } from 'zod';
import { DatabaseError } from '../errors.js';
import type { RulesFile } from './load.js';
import { batchSize, type SmartleadConfig, type SmartleadSettings } from './schema.js';
import { windowsText, windowTexts } from './windows.js';

/** Smartlead's own switches, under the names it gives them. */
export const FLAGS = [
  'ignore_global_block_list',
  'ignore_unsubscribe_list',
  'ignore_duplicate_leads_in_other_campaign',
] as const satisfies ReadonlyArray<keyof SmartleadSettings>;

export type PushSettingName =
  | 'smartlead.batch_size'
  | 'smartlead.rate_limit'
  | `smartlead.settings.${(typeof FLAGS)[number]}`;

/** In the order of the rules file. */
export const PUSH_SETTINGS: readonly PushSettingName[] = [
  'smartlead.batch_size',
  'smartlead.rate_limit',
  ...FLAGS.map((name) => `smartlead.settings.${name}` as const),
];

/** The file and line that set a setting, such as `rules.yaml:12`; those at their default are missing. */
export type SettingLines = Partial<Record<PushSettingName, string>>;

/** Where a rules file sets the push settings of an organization. */
export function settingLinesOf(
  { path, lineOf }: Pick<RulesFile, 'path' | 'lineOf'>,
  organization: string,
): SettingLines {
  const lines: SettingLines = {};
  for (const setting of PUSH_SETTINGS) {
    const line = lineOf(organization, setting.split('.'));
    if (line !== undefined) lines[setting] = `${basename(path)}:${line}`;
  }
  return lines;
}

/** What applies to a push. */
export type PushSettings = Pick<SmartleadConfig, 'batchSize' | 'rateLimit' | 'settings'>;

/** A setting as it is kept: of the windows their text. */
export type KeptValue = string | number | boolean;

const keptSchema = z
  .object({
    'smartlead.batch_size': batchSize,
    'smartlead.rate_limit': windowsText,
    'smartlead.settings.ignore_global_block_list': z.boolean(),
    'smartlead.settings.ignore_unsubscribe_list': z.boolean(),
    'smartlead.settings.ignore_duplicate_leads_in_other_campaign': z.boolean(),
  } satisfies Record<PushSettingName, unknown>)
  .partial();

/** Lays the settings that are kept, by name, over those of the rules file. */
export function layOver({ batchSize, rateLimit, settings }: PushSettings, kept: Record<string, unknown>): PushSettings {
  const read = keptSchema.safeParse(kept);
  if (!read.success) {
    const [issue] = read.error.issues;
    throw new DatabaseError(
      `the setting ${issue?.path.join('.')} that the database keeps cannot be used: ${issue?.message}`,
      'Set it again on the Settings page of drason serve.',
    );
  }
  const over = read.data;
  const flag = (name: keyof PushSettings['settings']) => over[`smartlead.settings.${name}`] ?? settings[name];
  return {
    batchSize: over['smartlead.batch_size'] ?? batchSize,
    rateLimit: over['smartlead.rate_limit'] ?? rateLimit,
    settings: {
      ignore_global_block_list: flag('ignore_global_block_list'),
      ignore_unsubscribe_list: flag('ignore_unsubscribe_list'),
      ignore_duplicate_leads_in_other_campaign: flag('ignore_duplicate_leads_in_other_campaign'),
    },
  };
}

/** Each setting as text, as it is typed. */
export function pushSettingTexts({ batchSize, rateLimit, settings }: PushSettings): Record<PushSettingName, string> {
  return {
    'smartlead.batch_size': String(batchSize),
    'smartlead.rate_limit': windowTexts(rateLimit).join(', '),
    'smartlead.settings.ignore_global_block_list': String(settings.ignore_global_block_list),
    'smartlead.settings.ignore_unsubscribe_list': String(settings.ignore_unsubscribe_list),
    'smartlead.settings.ignore_duplicate_leads_in_other_campaign': String(
      settings.ignore_duplicate_leads_in_other_campaign,
    ),
  };
}

const typedFlag = z.enum(['true', 'false'], { error: 'expected true or false' }).transform((text) => text === 'true');
const typedSize = z
  .string()
  .regex(/^\d{1,9}$/, { error: 'expected a whole number from 1 to 400' })
  .transform(Number)
  .pipe(batchSize);
const TYPED: Record<PushSettingName, z.ZodType<KeptValue>> = {
  'smartlead.batch_size': typedSize,
  'smartlead.rate_limit': windowsText.transform((windows) => windowTexts(windows).join(', ')),
  'smartlead.settings.ignore_global_block_list': typedFlag,
  'smartlead.settings.ignore_unsubscribe_list': typedFlag,
  'smartlead.settings.ignore_duplicate_leads_in_other_campaign': typedFlag,
};

/** Reads a setting as it was typed, with the limits of the rules file; nothing typed is null: the rules file's. */
export function readTyped(setting: PushSettingName, typed: string): { value: KeptValue | null } | { problem: string } {
  if (typed.trim() === '') return { value: null };
  const result = TYPED[setting].safeParse(typed.trim());
  return result.success ? { value: result.data } : { problem: result.error.issues[0]?.message ?? 'cannot be read' };
}
