/** Runs one step as a program: parse, open, run, report, exit. */
import type { Loaded } from '../config/index.ts';
import { fail } from '../errors/common.ts';
import { Secret } from '../shared/secret.ts';
import { showDuration } from '../shared/text/units.ts';
import { version } from '../shared/version.ts';
import { whyUnwritable } from '../shared/files/writable.ts';
import { actorOf } from './actor.ts';
import { complete, withLacking } from './complete.ts';
import { hideEnvironmentSecrets, redactFreeText } from './redact/environment-secrets.ts';
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
  if (asked.help) return leave(0, `${await helpOf(step)}\n`);
  const program = new StepProgram(step, asked, limits);
  process.on('uncaughtException', (error: unknown) => program.onDefect(error));
  process.on('beforeExit', () => program.onNothingLeft());
  return program.start(words);
}

async function helpOf(step: Step): Promise<string> {
  const [{ helpText }, { widthOf }] = await Promise.all([
    import('./arguments/help.ts'),
    import('./width.ts'),
  ]);
  return helpText(step, widthOf(process.stdout));
}

/** One run of a step, from its words to its exit: whoever comes first tells the end. */
class StepProgram {
  readonly #step: Step;
  readonly #startedAt = Date.now();
  readonly #mask = createRedactor();
  readonly #signals: Signals;
  /** What nobody caught, oldest first. */
  readonly #defects: unknown[] = [];
  #output: OutputOptions;
  #report: StepReport | null = null;
  #ended = false;

  constructor(step: Step, output: OutputOptions, { stopWithinMs }: StopLimits) {
    this.#step = step;
    this.#output = output;
    const doing = (): string => this.#report?.doing() ?? 'starting';
    this.#signals = listen({
      deadlineMs: stopWithinMs,
      hangsUp: step.service !== true || process.stdin.isTTY === true,
      onFirst: (name) => this.#report?.log.warn(`${name}: coming to a safe stop; now: ${doing()}`),
      onAgain: (name) =>
        this.#report?.log.info(
          `${name} again: the safe stop goes on; now: ${doing()} (kill -KILL ${process.pid} ends it at once, with things half done)`,
        ),
      onDeadline: () =>
        void this.#broken(fail('stop-late', { limit: showDuration(stopWithinMs), doing: doing() })),
    });
  }

  async start(words: readonly string[]): Promise<never> {
    const step = this.#step;
    try {
      const short = hideEnvironmentSecrets(this.#mask, process.env, step.secrets);
      const handed = givenParams(process.env);
      this.#output = wanted(step.params, words, handed);
      const parsed = parse(step, words, handed);
      this.#refuseUnwritable();
      const report = await this.#openReport(parsed);
      for (const name of short)
        report.log.warn(`${name} is too short to be hidden: give it 4 characters or more`);
      const ran = await run(step, parsed, report, this.#mask, this.#signals);
      return await this.#end((ending) => toldBy(ran, this.#defects, ending), ran.text);
    } catch (error) {
      return await this.#broken(this.#defects[0] ?? error);
    }
  }

  /** What nobody caught ends the step, but not in the middle of an instance. */
  onDefect(error: unknown): void {
    this.#defects.push(error);
    if (this.#report === null) return void this.#broken(error);
    this.#report.log.warn(`a defect of Canopy: ${stackOf(error)}\ncoming to a safe stop`);
    this.#signals.stop('a defect');
  }

  onNothingLeft(): void {
    void this.#broken(new Error('the step waits for something that never comes'));
  }

  async #openReport(parsed: ParsedArguments): Promise<StepReport> {
    const { openReport } = await import('./report.ts');
    this.#report = await openReport({
      stream: this.#output.json ? process.stderr : process.stdout,
      verbose: parsed.values['verbose'] === true,
      mask: this.#mask,
      now: Date.now,
      repeats: this.#step.service === true,
    });
    return this.#report;
  }

  /** Throws `output-file`: before anything is done, and then without that file. */
  #refuseUnwritable(): void {
    const { result } = this.#output;
    const reason = result === null ? null : whyUnwritable(result);
    if (reason === null) return;
    this.#output = { ...this.#output, result: null };
    throw fail('output-file', { file: result ?? '', reason });
  }

  #broken(error: unknown): Promise<never> {
    return this.#end((ending) => documentOfError(error, ending));
  }

  #end(document: (ending: Ending) => ResultDocument, text?: string): Promise<never> {
    // The program leaves behind whoever came first.
    if (this.#ended) return new Promise<never>(() => undefined);
    this.#ended = true;
    this.#signals.settle();
    const [report, mask, output] = [this.#report, this.#mask, this.#output];
    const warnings = report?.warnings ?? [];
    const times = { startedAt: this.#startedAt, finishedAt: Date.now() };
    const made = document({ step: this.#step.name, ...times, warnings });
    return finish(made, { output, mask, report, hurried: this.#signals.signal.aborted }, text);
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
  const read = () => readLoaded(step, values, mask);
  const loaded = once(read);
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
      reread: async () => complete(step, await read(), values['environment']),
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

async function readLoaded(step: Step, values: ParsedArguments['values'], mask: Redactor): Promise<Loaded> {
  const { loadConfig } = await import('../config/file/load.ts');
  const hear = (texts: readonly string[]): void => texts.forEach((text) => mask.hide(text));
  try {
    const loaded = await loadConfig(String(values['config']), process.env, openParsed(process.env), hear);
    for (const text of loaded.secrets) mask.add(text);
    return loaded;
  } catch (error) {
    throw withLacking(step, error, values['environment']);
  }
}
