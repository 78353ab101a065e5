/** Runs one step as a program: parse, open, run, report, exit. */
import type { Loaded } from '../config/index.ts';
import { fail } from '../errors.ts';
import { Secret } from '../shared/secret.ts';
import { showDuration } from '../shared/text/units.ts';
import { version } from '../shared/version.ts';
import { whyUnwritable } from '../shared/writable.ts';
import { actorOf } from './actor.ts';
import { complete } from './complete.ts';
import { redactText, redactFreeText } from './redact/redact-text.ts';
import type { Step, StepResult } from './declare/define.ts';
import { finish } from './finish.ts';
import { boundNames, givenParams, readSecret } from './arguments/environment.ts';
import { leave, surviveReaders } from './leave.ts';
import { createRedactor, type Redactor } from './redact/redact.ts';
import { once } from './once.ts';
import type { Params, Values } from './declare/params.ts';
import { openParsed } from './start/parsed-config.ts';
import { parse, wanted, type OutputOptions, type ParsedArguments } from './arguments/parse.ts';
import type { StepReport } from './report.ts';
import { documentOf, documentOfError, type Ending, type ResultDocument } from './result.ts';
import { listen, type Signals } from './signals.ts';
import { stackOf } from '../shared/text/thrown.ts';

export interface StopLimits {
  /** A safe stop takes at most this long; then the step ends where it is, and the journal tells how far it came. */
  readonly stopWithinMs: number;
}

export async function main(
  step: Step,
  words: readonly string[],
  limits: StopLimits = { stopWithinMs: 5 * 60_000 },
): Promise<never> {
  surviveReaders();
  const asked = wanted(step.params, words);
  if (asked.version) return leave(0, `${version}\n`);
  if (asked.help) {
    const [{ helpText }, { widthOf }] = await Promise.all([
      import('./arguments/help.ts'),
      import('./width.ts'),
    ]);
    return leave(0, `${helpText(step, widthOf(process.stdout))}\n`);
  }

  const startedAt = Date.now();
  const mask = createRedactor();
  const defects: unknown[] = [];
  let output: OutputOptions = asked;
  let report: StepReport | null = null;
  let ended = false;
  const end = (document: (ending: Ending) => ResultDocument, text?: string): Promise<never> => {
    // Whoever comes first tells the end; the program leaves behind it.
    if (ended) return new Promise<never>(() => undefined);
    ended = true;
    signals.settle();
    const warnings = report?.warnings ?? [];
    const made = document({ step: step.name, startedAt, finishedAt: Date.now(), warnings });
    return finish(made, { output, mask, report, hurried: signals.signal.aborted }, text);
  };
  const broken = (error: unknown): Promise<never> => end((ending) => documentOfError(error, ending));
  const signals = listen({
    deadlineMs: limits.stopWithinMs,
    hangsUp: step.service !== true || process.stdin.isTTY === true,
    onFirst: (name) => report?.log.warn(`${name}: coming to a safe stop; now: ${report.doing()}`),
    onAgain: (name) =>
      report?.log.info(
        `${name} again: the safe stop goes on; now: ${report.doing()} (kill -KILL ${process.pid} ends it at once, with things half done)`,
      ),
    onDeadline: () => {
      const facts = { limit: showDuration(limits.stopWithinMs), doing: report?.doing() ?? 'starting' };
      void broken(fail('stop-late', facts));
    },
  });
  // What nobody caught ends the step, but not in the middle of an instance.
  process.on('uncaughtException', (error: unknown) => {
    defects.push(error);
    if (report === null) return void broken(error);
    const stack = stackOf(error);
    report.log.warn(`a defect of Canopy: ${stack}\ncoming to a safe stop`);
    signals.stop('a defect');
  });
  process.on('beforeExit', () => void broken(new Error('the step waits for something that never comes')));
  try {
    const short = redactText(mask, process.env, step.secrets);
    const handed = givenParams(process.env);
    output = wanted(step.params, words, handed);
    const parsed = parse(step, words, handed);
    const why = output.result === null ? null : whyUnwritable(output.result);
    if (why !== null) {
      const facts = { file: output.result ?? '', reason: why };
      output = { ...output, result: null };
      throw fail('output-file', facts);
    }
    const { openReport } = await import('./report.ts');
    const stream = output.json ? process.stderr : process.stdout;
    report = await openReport({
      stream,
      verbose: parsed.values['verbose'] === true,
      mask,
      now: Date.now,
      repeats: step.service === true,
    });
    for (const name of short)
      report.log.warn(`${name} is too short to be hidden: give it 4 characters or more`);
    const ran = await run(step, parsed, report, mask, signals);
    return await end((ending) => toldBy(ran, defects, ending), ran.text);
  } catch (error) {
    return await broken(defects[0] ?? error);
  }
}

/** A defect is told even when the step came to its end all the same. */
function toldBy(result: StepResult, defects: readonly unknown[], ending: Ending): ResultDocument {
  if (defects.length === 0) return documentOf(result, ending);
  return { ...documentOfError(defects[0], ending), data: result.data ?? {} };
}

async function run(
  step: Step,
  parsed: ParsedArguments,
  report: StepReport,
  mask: Redactor,
  { signal }: Signals,
): Promise<StepResult> {
  const values = redactFreeText(step.params, parsed.values, mask);
  const dryRun = values['dryRun'] === true;
  const { paint, width } = report;
  // What only seems to happen is told by the plan.
  const log = dryRun ? { ...report.log, info: () => undefined, progress: () => undefined } : report.log;
  const { openPorts } = await import('./open.ts');
  const secret = (name: string): Secret | null => {
    if (!step.secrets.includes(name)) throw new TypeError(`${step.name} does not declare the secret ${name}`);
    const value = readSecret(name, process.env);
    return value === null ? null : new Secret(value);
  };
  const loaded = once(() => readLoaded(values, mask));
  const config = once(async () => complete(step, await loaded(), values['environment']));
  const { name, url, run: which } = actorOf(process.env);
  const ports = await openPorts({
    dryRun,
    patient: step.service === true,
    config,
    log,
    mask,
    env: process.env,
    cwd: process.cwd(),
    secret,
    hide: [...boundNames(process.env), ...step.secrets],
  });
  try {
    if (signal.aborted) throw fail('aborted', { signal: (signal.reason as Error).message });
    const result = await step.run({
      params: values as Values<Params>,
      dryRun,
      config,
      reread: async () => complete(step, await readLoaded(values, mask), values['environment']),
      loaded,
      open: ports,
      log,
      paint,
      width,
      signal,
      // It is written into the store and to the servers.
      actor: { name: mask(name), url: mask(url), run: mask(which) },
      cwd: process.cwd(),
      env: (name) => (process.env[name] === undefined ? undefined : mask(process.env[name])),
      secret,
    });
    return dryRun ? (await import('./dry-run.ts')).asDryRun(result, ports.recorded, width) : result;
  } finally {
    await ports.close();
  }
}

async function readLoaded(values: ParsedArguments['values'], mask: Redactor): Promise<Loaded> {
  const { loadConfig } = await import('../config/load.ts');
  const hear = (texts: readonly string[]): void => texts.forEach((text) => mask.hide(text));
  const loaded = await loadConfig(String(values['config']), process.env, openParsed(process.env), hear);
  for (const text of loaded.secrets) mask.add(text);
  return loaded;
}
