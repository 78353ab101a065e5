import { failAll, problem, type Problem } from '../../errors/common.ts';
import { suggest } from '../../shared/text/suggest.ts';
import type { Step } from '../declare/define.ts';
import type { Param, Params } from '../declare/params.ts';
import { readValue } from './values.ts';
import { readLine, shown } from './words.ts';

/** Options that every step has. */
export const commonParams = {
  config: { type: 'string', describe: 'the configuration', default: 'canopy.yml', placeholder: 'FILE' },
  dryRun: {
    type: 'boolean',
    describe: 'read everything, change nothing, show the plan as a table; --verbose adds each command',
  },
  json: { type: 'boolean', describe: 'the result as one JSON document on stdout, all else on stderr' },
  result: { type: 'string', describe: 'write the result document to a file', placeholder: 'FILE' },
  verbose: { type: 'boolean', describe: 'tell more while it runs' },
} as const satisfies Params;

export interface ParsedArguments {
  readonly values: Readonly<Record<string, unknown>>;
  readonly help: boolean;
  readonly version: boolean;
}

/** How the result is wanted. */
export interface OutputOptions {
  readonly json: boolean;
  /** A file, or null. */
  readonly result: string | null;
}

/** What is read before anything can be wrong: also a call that cannot be understood gets its document, or the help. */
export function wanted(
  params: Params,
  words: readonly string[],
  json: Readonly<Record<string, unknown>> = {},
): OutputOptions & { help: boolean; version: boolean } {
  const line = readLine({ ...commonParams, ...params }, words);
  const given: Readonly<Record<string, unknown>> = { ...json, ...line.given };
  const { json: asked, result } = given;
  return {
    json: asked === true || asked === 'true',
    result: typeof result === 'string' && result.trim() !== '' ? result : null,
    help: line.help,
    version: line.version,
  };
}

/**
 * All parameters of a call: those of the JSON object (from Jenkins), overridden by the command line, then defaults.
 * Throws one error with every problem.
 */
export function parse(
  step: Pick<Step, 'name' | 'params'>,
  words: readonly string[],
  json: Readonly<Record<string, unknown>> = {},
): ParsedArguments {
  const all: Params = { ...commonParams, ...step.params };
  const line = readLine(all, words);
  if (line.help || line.version) return { values: {}, help: line.help, version: line.version };
  const found: Problem[] = [];
  const usage = (reason: string): void => void found.push(problem('usage', { reason, step: step.name }));
  for (const reason of line.problems) usage(reason);
  const given: Record<string, unknown> = { ...readJson(all, json, usage), ...line.given };

  const values: Record<string, unknown> = {};
  for (const [name, param] of Object.entries(all)) {
    const read = valueOf(name, param, given, actionOf(all, given));
    if ('wrong' in read) usage(read.wrong);
    else values[name] = read.value;
  }
  if (found.length > 0) throw failAll(found);
  return { values, help: false, version: false };
}

function valueOf(
  name: string,
  param: Param,
  given: Readonly<Record<string, unknown>>,
  action: unknown,
): ReturnType<typeof readValue> {
  if (given[name] === undefined)
    return param.required
      ? { wrong: `${shown(name, param)} is missing: ${param.describe}` }
      : { value: absent(param) };
  const why = idle(name, param, given[name], action);
  if (why !== null) return { wrong: why };
  const read = readValue(param, given[name]);
  return 'wrong' in read ? { wrong: `${shown(name, param)} ${read.wrong}` } : read;
}

/** Why a parameter that was given would do nothing: the action that was asked for does not use it. */
function idle(name: string, param: Param, given: unknown, action: unknown): string | null {
  if (typeof action !== 'string' || param.actions?.includes(action) !== false) return null;
  const read = readValue(param, given);
  // As it is anyway: nothing is lost.
  if ('value' in read && read.value === absent(param)) return null;
  return `${shown(name, param)} is for ${param.actions.join(' and ')}, not for ${action}`;
}

function actionOf(all: Params, given: Readonly<Record<string, unknown>>): unknown {
  const param = all['action'];
  if (param === undefined) return undefined;
  const read = given['action'] === undefined ? { value: absent(param) } : readValue(param, given['action']);
  return 'value' in read ? read.value : undefined;
}

function readJson(all: Params, json: Readonly<Record<string, unknown>>, usage: (reason: string) => void) {
  const given: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(json)) {
    const param = Object.hasOwn(all, name) ? all[name] : undefined;
    if (value === null || value === undefined) continue;
    if (param === undefined) usage(`there is no parameter ${name}${suggest(name, Object.keys(all))}`);
    else if (param.bare === undefined) given[name] = value;
    // A box of a form in Jenkins: ticked, or not.
    else if (value !== false) given[name] = value === true ? param.bare : value;
  }
  return given;
}

function absent(param: Param): unknown {
  if (param.default !== undefined) {
    const read = readValue(param, param.default);
    return 'value' in read ? read.value : null;
  }
  return param.type === 'boolean' ? false : param.type === 'list' ? [] : null;
}
