/** Runs one step as a program: parse, open, run, report, exit. The only process.exit of the project. */
import type { Loaded } from '../config/index.ts';
import type { Config } from '../config/types.ts';
import { CanopyError, fail, failAll, problem } from '../errors.ts';
import { Secret } from '../secret.ts';
import { version } from '../version.ts';
import { actorOf } from './actor.ts';
import type { Section, Step } from './define.ts';
import { boundNames, givenParams, readSecret, secretNames } from './given.ts';
import { helpText } from './help.ts';
import { createMask, type Mask } from './mask.ts';
import type { Params, Values } from './params.ts';
import { parse, wantedOutput, type Parsed } from './parse.ts';
import type { Report } from './report.ts';
import { documentOf, documentOfError, render, writeResult, type ResultDocument } from './result.ts';
import { listen } from './signals.ts';

/** A safe stop takes at most this long; then the step ends where it is, and the journal tells how far it came. */
const stopWithinMs = 5 * 60_000;

export async function main(step: Step, words: readonly string[]): Promise<never> {
  // A reader that went away (a closed pipe, an aborted build) must not end what is under way.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  if (words.length === 1 && words[0] === '--version') return leave(0, `${version}\n`);

  const startedAt = Date.now();
  const mask = createMask();
  const output = wantedOutput(words);
  let report: Report | undefined;
  try {
    for (const name of secretNames(process.env, step.secrets)) addSecret(mask, name);
    const parsed = parse(step, words, givenParams(process.env));
    if (parsed.version) return leave(0, `${version}\n`);
    if (parsed.help) return leave(0, `${helpText(step)}\n`);
    const { openReport } = await import('./report.ts');
    const stream = output.json ? process.stderr : process.stdout;
    report = await openReport({ stream, verbose: parsed.values['verbose'] === true, mask, now: Date.now });
    const result = await run(step, parsed, report, mask);
    const ending = { step: step.name, startedAt, finishedAt: Date.now(), warnings: report.warnings };
    return await finish(documentOf(result, ending), output, report, mask, result.text);
  } catch (error) {
    const ending = { step: step.name, startedAt, finishedAt: Date.now(), warnings: report?.warnings ?? [] };
    return await finish(documentOfError(error, ending), output, report, mask);
  }
}

async function run(step: Step, parsed: Parsed, report: Report, mask: Mask) {
  const { values } = parsed;
  const { log } = report;
  const signals = listen({
    deadlineMs: stopWithinMs,
    onFirst: (name) => log.warn(`${name}: coming to a safe stop; a second signal changes nothing`),
    onDeadline: () => leave(5, 'the safe stop took too long; canopy status shows what runs where\n'),
  });
  const { openPorts } = await import('./open.ts');
  const secret = (name: string): Secret | null => {
    if (!step.secrets.includes(name)) throw new TypeError(`${step.name} does not declare the secret ${name}`);
    const value = readSecret(name, process.env);
    return value === null ? null : new Secret(value);
  };
  const loaded = once(() => readLoaded(values, mask));
  const config = once(async () => complete(step, await loaded(), values['environment']));
  const ports = await openPorts({
    dryRun: values['dryRun'] === true,
    patient: step.service === true,
    config,
    log,
    env: process.env,
    cwd: process.cwd(),
    secret,
    hide: [...boundNames(process.env), ...step.secrets],
  });
  try {
    return await step.run({
      params: values as Values<Params>,
      dryRun: values['dryRun'] === true,
      config,
      loaded,
      open: ports,
      log,
      signal: signals.signal,
      actor: actorOf(process.env),
      cwd: process.cwd(),
      env: (name) => process.env[name],
      secret,
    });
  } finally {
    await ports.close();
    signals.close();
  }
}

async function readLoaded(values: Parsed['values'], mask: Mask): Promise<Loaded> {
  const { loadConfig } = await import('../config/index.ts');
  const loaded = await loadConfig(String(values['config']), process.env);
  for (const text of loaded.secrets) mask.add(text);
  return loaded;
}

/** A missing variable matters only to a step that uses the section in which it stands. */
function complete(step: Step, { config, missing }: Loaded, environment: unknown): Config {
  const needed = missing.filter(({ path }) => isNeeded(path, step.uses, environment));
  if (needed.length > 0) throw failAll(needed.map((item) => problem('config-variable', item, item.path)));
  if (typeof environment === 'string' && !Object.hasOwn(config.environments, environment)) {
    throw fail('no-environment', {
      name: environment,
      known: Object.keys(config.environments).join(', ') || 'none',
    });
  }
  return config;
}

function isNeeded(path: string, uses: readonly Section[], environment: unknown): boolean {
  const [section, name] = path.split('.');
  if (section === 'app') return true;
  if (!uses.includes(section as Section)) return false;
  return section !== 'environments' || typeof environment !== 'string' || name === environment;
}

function addSecret(mask: Mask, name: string): void {
  const value = readSecret(name, process.env);
  // The store's address is no secret, its password is: the configuration adds that.
  if (value !== null && name !== 'CANOPY_STORE') mask.add(value);
  else if (value !== null) for (const part of passwordOf(value)) mask.add(part);
}

const passwordOf = (url: string): string[] => {
  const match = /^[a-z]+:\/\/[^:@/]*:([^@/]*)@/.exec(url);
  if (!match?.[1]) return [];
  return [match[1], ...(/%(?![0-9A-Fa-f]{2})/.test(match[1]) ? [] : [decodeURIComponent(match[1])])];
};

async function finish(
  document: ResultDocument,
  output: ReturnType<typeof wantedOutput>,
  report: Report | undefined,
  mask: Mask,
  text?: string,
): Promise<never> {
  let shown = document;
  if (output.result !== null) {
    try {
      await writeResult(output.result, render(document, mask));
    } catch (error) {
      if (!(error instanceof CanopyError)) throw error;
      shown = {
        ...document,
        ok: false,
        exit: document.exit || 1,
        errors: [...document.errors, ...error.problems],
      };
    }
  }
  const words = [
    ...(text ? [text] : []),
    ...(shown.outcome !== 'pass' && !text && shown.errors.length === 0 ? shown.reasons : []),
    ...shown.errors.map((item) => `error: ${item.message}\n  ${item.hint}`),
  ];
  if (report) {
    for (const part of words) report.say(part);
    report.close();
  } else process.stderr.write(`${mask(words.join('\n'))}\n`);
  return leave(shown.exit, output.json ? `${render(shown, mask)}\n` : '');
}

/** Writes the last output, waits until it is out, and leaves. */
async function leave(code: number, text: string): Promise<never> {
  if (text !== '' && process.stdout.writable)
    await new Promise((resolve) => process.stdout.write(text, resolve));
  for (const stream of [process.stdout, process.stderr]) {
    if (stream.writable && stream.writableLength > 0)
      await new Promise((resolve) => stream.write('', resolve));
  }
  process.exit(code);
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}
