/**
 * The error catalogue: code -> message, hint, exit code. Errors are for what could not be done; a gate that says no is
 * a verdict. Each room's entries stand in errors/<room>.ts; docs/errors.md is generated from them.
 */
import { analysisErrors } from './errors/traffic/analysis.ts';
import { balancerErrors } from './errors/traffic/balancer.ts';
import { canaryErrors } from './errors/traffic/canary.ts';
import { configErrors } from './errors/config.ts';
import { deployErrors } from './errors/deploy.ts';
import { dockerErrors } from './errors/servers/docker.ts';
import { artifactErrors } from './errors/artifact.ts';
import { checkErrors } from './errors/checks.ts';
import { flagErrors } from './errors/flags.ts';
import { initErrors } from './errors/init.ts';
import { lockErrors } from './errors/lock.ts';
import { machineErrors } from './errors/servers/machine.ts';
import { sshErrors } from './errors/servers/ssh.ts';
import { stepErrors } from './errors/step.ts';
import { storeErrors } from './errors/store.ts';
import { trafficErrors } from './errors/traffic/traffic.ts';
import type { Exit } from './errors/entry.ts';

export const catalogue = {
  ...stepErrors,
  ...configErrors,
  ...sshErrors,
  ...machineErrors,
  ...storeErrors,
  ...lockErrors,
  ...artifactErrors,
  ...deployErrors,
  ...dockerErrors,
  ...trafficErrors,
  ...balancerErrors,
  ...canaryErrors,
  ...analysisErrors,
  ...flagErrors,
  ...initErrors,
  ...checkErrors,
};

type Code = keyof typeof catalogue;
type ErrorDetails<C extends Code> = Parameters<(typeof catalogue)[C]['message']>[0];

/** What stands in a result document for one error. */
export interface Problem {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly path?: string;
}

interface FailOptions {
  /** Where in the configuration it stands. */
  readonly path?: string;
  readonly cause?: unknown;
  readonly data?: Readonly<Record<string, unknown>>;
}

/** An error from the catalogue, or several of one kind that were found together. */
export class CanopyError extends Error {
  readonly code: Code;
  readonly exit: Exit;
  readonly problems: readonly Problem[];
  /** What is known all the same, for the result document. */
  readonly data: Readonly<Record<string, unknown>>;

  constructor(code: Code, exit: Exit, problems: readonly Problem[], options: FailOptions = {}) {
    super(
      problems.map((item) => item.message).join('\n'),
      options.cause === undefined ? undefined : { cause: options.cause },
    );
    this.name = 'CanopyError';
    this.code = code;
    this.exit = exit;
    this.problems = problems;
    this.data = options.data ?? {};
  }
}

/** One entry of the catalogue filled in. */
export function problem<C extends Code>(code: C, facts: ErrorDetails<C>, path?: string): Problem {
  const entry = catalogue[code] as {
    message(facts: ErrorDetails<C>): string;
    hint(facts: ErrorDetails<C>): string;
  };
  const text = { code, message: entry.message(facts), hint: entry.hint(facts) };
  const made: Problem = path === undefined ? text : { ...text, path };
  const { host } = facts as { readonly host?: unknown };
  if (typeof host === 'string') hosts.set(made, host);
  return made;
}

const hosts = new WeakMap<Problem, string>();

/** The host that an entry of the catalogue was filled in with, so that nobody has to look for a name in its message. */
export const hostIn = (made: Problem): string | undefined => hosts.get(made);

/** An error to throw: `throw fail('ssh-refused', { host })`. */
export function fail<C extends Code>(
  code: C,
  facts: ErrorDetails<C>,
  options: FailOptions = {},
): CanopyError {
  return new CanopyError(code, catalogue[code].exit, [problem(code, facts, options.path)], options);
}

/** All problems of one input at once. */
export function failAll(
  problems: readonly Problem[],
  data: Readonly<Record<string, unknown>> = {},
): CanopyError {
  const first = problems[0];
  if (first === undefined) throw new TypeError('failAll needs a problem');
  const code = first.code as Code;
  return new CanopyError(code, catalogue[code].exit, problems, { data });
}

/** By its name: a loader of tests may hold this module twice. */
export const isCanopyError = (error: unknown): error is CanopyError =>
  error instanceof Error && error.name === 'CanopyError';
