import type { Command } from 'commander';
import { z } from 'zod';
import { type Context, withContext } from '../cli/context.js';
import { oneOf, positive, readOptions, timeSpan } from '../cli/options.js';
import type { Terminal } from '../cli/terminal.js';
import { UsageError } from '../errors.js';
import type { RejectsWriter } from '../intake/rejects.js';
import type { RejectedRow } from '../intake/rows.js';
import type { RunReport } from '../pipeline/run-report.js';
import { commandFlags, quoteArgument } from '../text/command-flags.js';
import { counted } from '../text/wording.js';

const optionsSchema = z.object({
  dryRun: z.boolean().default(false),
  push: z.boolean().default(true),
  again: z.boolean().default(false),
  rejects: z.string().min(1).optional(),
  force: z.boolean().default(false),
  report: z.string().min(1).optional(),
  maxErrors: z
    .string()
    .regex(/^\d{1,9}$|^\d{1,3}(\.\d+)?%$/, 'expected a number such as 100, or a share such as 5%')
    .optional(),
  map: z.array(z.string()).default([]),
  delimiter: z.string().optional(),
  encoding: z.string().optional(),
  sheet: z.string().min(1).optional(),
  source: z.string().min(1).optional(),
  limit: positive.optional(),
  onExisting: oneOf(['update', 'skip']).default('update'),
  maxWait: timeSpan.default(60_000),
});
type Options = z.infer<typeof optionsSchema>;

const collect = (value: string, list: string[] = []) => [...list, value];

/** `drason ingest` */
export function define(program: Command, terminal: Terminal): void {
  program
    .command('ingest')
    .summary('lead files all the way into Smartlead')
    .description(
      `Reads lead files, decides about every row and puts the right leads into the right campaigns.
CSV, TSV, Excel (xlsx), JSON and NDJSON, also gzipped; - or a pipe for stdin. Known leads are updated, never pushed twice.

Examples:
  $ drason ingest leads.csv
  $ drason ingest leads.csv --dry-run                    decide, but store and send nothing: totals and a sample
  $ drason ingest leads.csv --dry-run --report all.csv   and every decision in a file
  $ drason ingest apollo.csv --map email="Work Email" --rejects rejects.csv
  $ zcat leads.csv.gz | drason ingest -`,
    )
    .argument('[files...]', 'lead files; - for stdin')
    .option('-n, --dry-run', 'the same decisions, with nothing stored or sent')
    .option('--no-push', 'store and route, but hold the leads for review')
    .option('--again', "add ACTIVE leads to the campaign that today's rules name, too")
    .option(
      '--rejects <file>',
      'write rejected rows, and ill-formed addresses, there with _line and _reason, to be corrected',
    )
    .option('--force', 'let --rejects and --report replace a file that drason did not write, or that was changed since')
    .option('--report <file>', 'what became of each row, as CSV, or NDJSON where it is called so')
    .option('--max-errors <n>', 'with more rejected rows than n, or than n%, do nothing at all (exit 6)')
    .option(
      '--map <field=Column>',
      'which column a field is in (also unsubscribed, bounced, verifier; ignore: it says nothing of mailing); repeat for more',
      collect,
    )
    .option(
      '--delimiter <character>',
      'of a CSV file; also comma, semicolon, tab, pipe (default: found from its first lines)',
    )
    .option('--sheet <name>', 'of an Excel workbook (default: its first)')
    .option('--encoding <name>', 'such as windows-1252 (default: found from the content)')
    .option('--source <name>', "the leads' source field (default: the export that was recognised, or the format)")
    .option('--limit <n>', 'read at most n rows')
    .option('--on-existing <what>', 'update or skip the fields of known leads (default update)')
    .option('--max-wait <time>', 'end with exit code 5 when a pause is longer than this (default 60s)')
    .action(async (files: string[], _options, command: Command) => {
      const options = readOptions(optionsSchema, command.opts());
      const names = files.length > 0 ? files : stdinOrNothing(terminal);
      await withContext(command, terminal, (context) => ingest(context, names, options));
    });
}

function stdinOrNothing(terminal: Terminal): string[] {
  if (terminal.streams.stdin.isTTY) throw new UsageError('no lead file given', 'Run: drason ingest leads.csv');
  return ['-'];
}

/** The files and the flags that say what to do with them, to be repeated in a suggested command. */
function typedAgain(names: readonly string[], options: Options): string {
  const flags = commandFlags({
    'no-push': !options.push,
    again: options.again,
    map: options.map,
    delimiter: options.delimiter,
    encoding: options.encoding,
    sheet: options.sheet,
    source: options.source,
    limit: options.limit,
    'on-existing': options.onExisting === 'skip' ? 'skip' : undefined,
    rejects: options.rejects,
    report: options.report,
    'max-errors': options.maxErrors,
  });
  return [...names.map(quoteArgument), ...(flags === '' ? [] : [flags])].join(' ');
}

const AGAIN_MAY_SKIP =
  'warning: smartlead.settings.ignore_duplicate_leads_in_other_campaign is true, so Smartlead may skip leads that --again adds to another campaign; they are then HELD in_other_campaign';

async function ingest(context: Context, names: string[], options: Options): Promise<void> {
  const { terminal } = context;
  const organization = context.organization();
  const [
    { openLeadFiles, checkErrors, passedOverNotes, lackingIn },
    { makeDecider },
    { decisionSample },
    { createRunReport },
    { createRejectsWriter },
    { describePlan },
    { ingestLeads },
    { pushSettingsOf },
    { runAndReport },
  ] = await Promise.all([
    import('../pipeline/lead-files.js'),
    import('../pipeline/decide.js'),
    import('../cli/decision-sample.js'),
    import('../pipeline/run-report.js'),
    import('../intake/rejects.js'),
    import('../pipeline/plan-words.js'),
    import('../pipeline/ingest-leads.js'),
    import('../pipeline/push-settings.js'),
    import('../cli/run-command.js'),
  ]);
  const files = await openLeadFiles(names, organization, options, terminal.streams.stdin);
  let rejects: RejectsWriter | undefined;
  let report: RunReport | undefined;
  try {
    for (const { plan } of files.inputs) for (const line of describePlan(plan)) terminal.say(line);
    const outputs = await openOutputs(context, names, options);
    if (options.maxErrors !== undefined) {
      const { maxErrors } = options;
      const store = () => context.openExistingStore();
      await checkErrors(files, { maxErrors, rejects: outputs.rejects, config: organization, store });
    }
    rejects = outputs.rejects && createRejectsWriter(outputs.rejects, files.inputs);
    const told = [makeDecider(organization), lackingIn(files.inputs)] as const;
    const sample = decisionSample(terminal, ...told);
    report = outputs.report && (await createRunReport(outputs.report, ...told));
    // An address or a key that cannot be one is found before a database is made. (The sandbox lives beside it.)
    if (options.push && !options.dryRun && !context.sandbox) await context.smartlead();
    const store = await openTarget(context, options);
    const { settings } = await pushSettingsOf(store.knownIn ?? store.target, organization);
    const skips = settings.ignore_duplicate_leads_in_other_campaign;
    if (options.again && options.push && skips) terminal.warn(AGAIN_MAY_SKIP);
    const request = {
      store: store.target,
      push: options.push && !options.dryRun,
      dryRun: options.dryRun,
      maxWaitMs: options.maxWait,
      inputs: typedAgain(names, options),
      rejects: options.rejects,
      settingsFrom: options.map.map((entry) => ({ setting: `fields.${entry.split('=')[0]?.trim()}`, from: '--map' })),
    };
    await runAndReport(context, request, async (run) => {
      const summary = await ingestLeads(run, {
        inputs: files.inputs,
        again: options.again,
        onExisting: options.onExisting,
        rejects,
        knownIn: store.knownIn,
        wouldPush: options.push,
        onRejected: rejectionPrinter(terminal),
        onDuplicate: (file, { line, lead }, fault) => {
          if (!terminal.verbose) return;
          const what = fault === undefined ? `duplicate: ${lead.email} came earlier in this run` : `blocked: ${fault}`;
          terminal.say(`${shownName(file)}:${line}: ${what}`);
        },
        onDecided: options.dryRun && !terminal.json && !terminal.quiet ? sample.print : undefined,
        onRows: report?.note,
      });
      for (const line of files.inputs.flatMap(passedOverNotes)) terminal.say(line);
      const rest = sample.rest();
      if (rest !== undefined) terminal.say(rest);
      const written = (await rejects?.close()) ?? 0;
      if (written > 0) terminal.say(`${counted(written, 'row')} to correct written to ${options.rejects}`);
      else if (outputs.rejects && !outputs.rejects.isStream && outputs.rejects.exists()) {
        terminal.say(`${options.rejects} is from an earlier run; this one had no rejects`);
      }
      await report?.finish({ ...run, organization: organization.organization });
      if (report) terminal.say(`what became of each row is in ${options.report}`);
      return summary;
    });
  } finally {
    await rejects?.discard();
    await report?.discard();
    await files.close();
  }
}

const shownName = (file: string) => (file === '-' ? 'stdin' : file);

/** So many rejected rows are named one by one; a file with thousands has one cause, and --rejects keeps them all. */
const NAMED_REJECTIONS = 20;

function rejectionPrinter(terminal: Terminal) {
  let count = 0;
  return (file: string, row: RejectedRow): void => {
    count++;
    if (count <= NAMED_REJECTIONS) terminal.warn(`${shownName(file)}:${row.line}: rejected: ${row.reason}`);
    else if (count === NAMED_REJECTIONS + 1)
      terminal.warn('further rejected rows are not named here; --rejects FILE keeps them');
  };
}

/** The files that the run is to write, checked before anything is done. */
async function openOutputs(context: Context, inputs: string[], { rejects, report, force }: Options) {
  const { outputFor } = await import('../cli/output-for.js');
  const open = (file: string | undefined, what: string) =>
    file === undefined ? undefined : outputFor(context, { file, what, force, inputs, replacesOwn: true });
  const outputs = { rejects: open(rejects, 'the rejects file'), report: open(report, 'the report') };
  if (outputs.rejects && outputs.report && outputs.rejects.path === outputs.report.path) {
    throw new UsageError(`--rejects and --report both write to ${report}`, 'Give one of them another name.');
  }
  return outputs;
}

/** Where leads go: the store, or in a dry run a scratch store beside the real one, which is only read. */
async function openTarget(context: Context, options: Options) {
  if (!options.dryRun) return { target: await context.openOwnStore(true), knownIn: undefined };
  const [{ openScratchStore }, { systemClock }] = await Promise.all([
    import('../store/engine/open.js'),
    import('../clock.js'),
  ]);
  return { target: await openScratchStore(systemClock), knownIn: await context.openExistingStore() };
}
