/** What an error is, and how one is made of an entry of the catalogue. */
import type { Code } from './catalogue.ts';
import type { CatalogueEntry, Exit } from './kit/entry.ts';

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

type CatalogueEntries = Readonly<Partial<Record<Code, CatalogueEntry<never>>>>;
type ErrorDetails<Of extends CatalogueEntries, C extends keyof Of> =
  Of[C] extends CatalogueEntry<infer Facts> ? Facts : never;

interface ErrorsOf<Of extends CatalogueEntries> {
  /** One entry filled in. */
  problem<C extends Code & keyof Of>(code: C, facts: ErrorDetails<Of, C>, path?: string): Problem;
  /** An error to throw: `throw fail('ssh-refused', { host })`. */
  fail<C extends Code & keyof Of>(code: C, facts: ErrorDetails<Of, C>, options?: FailOptions): CanopyError;
}

const hosts = new WeakMap<Problem, string>();
/** The exit code of every entry that can have been filled in. */
const exits = new Map<string, Exit>();

/** Makes errors of these entries, and of no other: a step that loads a few of them has few texts to load. */
export function errorsOf<Of extends CatalogueEntries>(entries: Of): ErrorsOf<Of> {
  for (const [code, { exit }] of Object.entries(entries)) exits.set(code, exit);
  const entryOf = (code: keyof Of) => entries[code] as unknown as CatalogueEntry<unknown>;
  const problem: ErrorsOf<Of>['problem'] = (code, facts, path) => {
    const { message, hint } = entryOf(code);
    const text = { code, message: message(facts), hint: hint(facts) };
    const made: Problem = path === undefined ? text : { ...text, path };
    const { host } = facts as { readonly host?: unknown };
    if (typeof host === 'string') hosts.set(made, host);
    return made;
  };
  return {
    problem,
    fail: (code, facts, options = {}) =>
      new CanopyError(code, entryOf(code).exit, [problem(code, facts, options.path)], options),
  };
}

/** The host that an entry of the catalogue was filled in with, so that nobody has to look for a name in its message. */
export const hostIn = (made: Problem): string | undefined => hosts.get(made);

/** All problems of one input at once. */
export function failAll(
  problems: readonly Problem[],
  data: Readonly<Record<string, unknown>> = {},
): CanopyError {
  const first = problems[0];
  if (first === undefined) throw new TypeError('failAll needs a problem');
  const exit = exits.get(first.code);
  if (exit === undefined) throw new TypeError(`the entry ${first.code} is not loaded`);
  return new CanopyError(first.code as Code, exit, problems, { data });
}

/** By its name: a loader of tests may hold this module twice. */
export const isCanopyError = (error: unknown): error is CanopyError =>
  error instanceof Error && error.name === 'CanopyError';
