import { parseArgs } from 'node:util';
import { failAll, problem, type Problem } from '../errors.ts';
import { suggest } from '../suggest.ts';
import type { Step } from './define.ts';
import type { Param, Params } from './params.ts';
import { readValue } from './values.ts';

/** Options that every step has. */
export const commonParams = {
  config: { type: 'string', describe: 'the configuration', default: 'canopy.yml', placeholder: 'FILE' },
  dryRun: { type: 'boolean', describe: 'read everything, change nothing, print each command it would run' },
  json: { type: 'boolean', describe: 'the result as one JSON document on stdout, all else on stderr' },
  result: { type: 'string', describe: 'write the result document to a file', placeholder: 'FILE' },
  verbose: { type: 'boolean', describe: 'tell more while it runs' },
} as const satisfies Params;

export interface Parsed {
  readonly values: Readonly<Record<string, unknown>>;
  readonly help: boolean;
  readonly version: boolean;
}

/** How the result is wanted. */
export interface Output {
  readonly json: boolean;
  /** A file, or null. */
  readonly result: string | null;
}

/** What is read before anything can be wrong: also a call that cannot be understood gets its document, or the help. */
export function wanted(words: readonly string[]): Output & { help: boolean; version: boolean } {
  const boolean = { type: 'boolean' } as const;
  const options = {
    ...{ json: boolean, help: { ...boolean, short: 'h' }, version: boolean },
    result: { type: 'string' },
  } as const;
  const { values } = parseArgs({ args: [...words], options, strict: false, allowPositionals: true });
  const { json, result, help, version } = values as Record<string, unknown>;
  return {
    json: json === true || json === 'true',
    result: typeof result === 'string' ? result : null,
    help: help === true,
    version: version === true,
  };
}

export const kebab = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/**
 * All parameters of a call: those of the JSON object (from Jenkins), overridden by the command line, then defaults.
 * Throws one error with every problem.
 */
export function parse(
  step: Step,
  words: readonly string[],
  json: Readonly<Record<string, unknown>> = {},
): Parsed {
  const all: Params = { ...commonParams, ...step.params };
  const found: Problem[] = [];
  const usage = (reason: string): void => void found.push(problem('usage', { reason, step: step.name }));
  const line = readLine(all, words, usage);
  const given: Record<string, unknown> = { ...readJson(all, json, usage), ...line.given };
  if (line.help || line.version) return { values: {}, help: line.help, version: line.version };

  const values: Record<string, unknown> = {};
  for (const [name, param] of Object.entries(all)) {
    if (given[name] === undefined) {
      if (param.required) usage(`${shown(name, param)} is missing: ${param.describe}`);
      values[name] = absent(param);
      continue;
    }
    const read = readValue(param, given[name]);
    if ('wrong' in read) usage(`${shown(name, param)} ${read.wrong}`);
    else values[name] = read.value;
  }
  if (found.length > 0) throw failAll(found);
  return { values, help: false, version: false };
}

function readJson(all: Params, json: Readonly<Record<string, unknown>>, usage: (reason: string) => void) {
  const given: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(json)) {
    if (value === null || value === undefined) continue;
    if (Object.hasOwn(all, name)) given[name] = value === true ? (all[name]?.bare ?? true) : value;
    else usage(`there is no parameter ${name}${suggest(name, Object.keys(all))}`);
  }
  return given;
}

function readLine(all: Params, words: readonly string[], usage: (reason: string) => void) {
  const byOption = new Map(Object.keys(all).map((name) => [kebab(name), name]));
  const options = Object.fromEntries(
    Object.entries(all).map(([name, param]) => [
      kebab(name),
      { type: isFlag(param) ? ('boolean' as const) : ('string' as const) },
    ]),
  );
  const { tokens } = parseArgs({
    args: words.map((item, at) => withBare(item, words[at + 1], byOption, all)),
    options,
    strict: false,
    tokens: true,
    allowPositionals: true,
  });
  const given: Record<string, unknown> = {};
  const places = Object.entries(all)
    .filter(([, param]) => param.positional !== undefined)
    .sort(([, a], [, b]) => (a.positional ?? 0) - (b.positional ?? 0));
  let help = false;
  let version = false;
  let place = 0;
  let stray = -1;
  for (const token of tokens) {
    if (token.kind === 'positional' && token.index === stray) continue;
    if (token.kind === 'positional') {
      const target = places[place++];
      if (target) given[target[0]] = token.value;
      else usage(`"${token.value}" is one word too many`);
    } else if (token.kind === 'option') {
      if (token.name === 'help' || token.name === 'h') help = true;
      else if (token.name === 'version') version = true;
      // The word after an option that does not exist was meant as its value.
      else if (!readOption(token, byOption, all, given, usage)) stray = token.index + 1;
    }
  }
  return { given, help, version };
}

interface Token {
  readonly rawName: string;
  readonly name: string;
  readonly value?: string | undefined;
  readonly inlineValue?: boolean | undefined;
}

function readOption(
  token: Token,
  byOption: ReadonlyMap<string, string>,
  all: Params,
  given: Record<string, unknown>,
  usage: (reason: string) => void,
): boolean {
  const negated = token.name.startsWith('no-') && !byOption.has(token.name);
  const name = byOption.get(negated ? token.name.slice(3) : token.name);
  const param = name === undefined ? undefined : all[name];
  if (name === undefined || param === undefined || (negated && !isFlag(param))) {
    const options = [...byOption.keys()].map((option) => `--${option}`);
    usage(`there is no option ${token.rawName}${suggest(token.rawName, options)}`);
    return false;
  }
  if (isFlag(param)) given[name] = token.value ?? !negated;
  else if (token.value === undefined || swallowed(token, byOption)) usage(`${token.rawName} needs a value`);
  else if (param.type === 'list')
    given[name] = [...((given[name] as string[] | undefined) ?? []), token.value];
  else given[name] = token.value;
  return true;
}

/** `--reason --dry-run` has forgotten the reason; `--reason=--dry-run` means it. */
function swallowed(token: Token, byOption: ReadonlyMap<string, string>): boolean {
  if (token.inlineValue === true || !token.value?.startsWith('--')) return false;
  const word = /^--(?:no-)?([^=]*)/.exec(token.value)?.[1] ?? '';
  return byOption.has(word) || word === 'help' || word === 'version';
}

/** `--resume`, alone or before another option, stands for `--resume=last`. */
function withBare(
  word: string,
  next: string | undefined,
  byOption: ReadonlyMap<string, string>,
  all: Params,
): string {
  const name = word.startsWith('--') ? byOption.get(word.slice(2)) : undefined;
  const bare = name === undefined ? undefined : all[name]?.bare;
  return bare !== undefined && (next === undefined || next.startsWith('--')) ? `${word}=${bare}` : word;
}

const isFlag = (param: Param): boolean => param.type === 'boolean';

function absent(param: Param): unknown {
  if (param.default !== undefined) {
    const read = readValue(param, param.default);
    return 'value' in read ? read.value : null;
  }
  return param.type === 'boolean' ? false : param.type === 'list' ? [] : null;
}

const shown = (name: string, param: Param): string =>
  param.positional === undefined ? `--${kebab(name)}` : `${param.placeholder ?? name.toUpperCase()}`;
