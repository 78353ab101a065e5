import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import * as v from 'valibot';
import { fail, failAll, problem, type Problem } from '../errors.ts';
import { build } from './build.ts';
import { gateSecrets } from './gates.ts';
import { interpolate, showPath, type Missing, type Path } from './interpolate.ts';
import { layer } from './layers.ts';
import { checkRules } from './rules.ts';
import { withoutMarks } from './scalar.ts';
import { instancesOf, schema, type RawInstance } from './schema.ts';
import { storeSecrets } from './store.ts';
import type { Config } from './types.ts';

export interface Loaded {
  readonly config: Config;
  /** Variables that are not set, each with the key that asks for it. */
  readonly missing: readonly { readonly path: string; readonly name: string }[];
  /** Texts that must never be printed. */
  readonly secrets: readonly string[];
}

/** What a text of YAML says, as plain data with its `${…}`; `file` is for the error. */
export type Parse = (text: string, file: string) => unknown;

/** Interpolates and checks the text of a canopy.yml; `file` says where it stands (paths in it are relative to that folder). */
export function checkConfig(
  text: string,
  file: string,
  env: Readonly<Record<string, string | undefined>>,
  parse: Parse,
): Loaded {
  const folder = dirname(file);
  const read = (path: string): { text: string } | { reason: string } => {
    try {
      return { text: readFileSync(resolve(folder, path), 'utf8') };
    } catch (error) {
      return { reason: (error as NodeJS.ErrnoException).code ?? String(error) };
    }
  };
  const parsed = parse(text, file);
  if (Array.isArray(parsed) || typeof parsed !== 'object')
    throw fail('config-syntax', { file, reason: 'it is no mapping of keys' });
  const layered = layer(parsed);
  const filled = interpolate(layered.value, { env, file: read });
  const problems: Problem[] = [
    ...layered.problems,
    ...filled.unreadable.map((item) =>
      problem('config-file', { ...item, path: showPath(item.path) }, showPath(item.path)),
    ),
  ];
  for (const { path, text: odd } of filled.malformed) {
    const shown = showPath(path);
    problems.push(
      problem(
        'config-value',
        {
          path: shown,
          reason: `${odd} is no variable: write \${env:NAME}, \${env:NAME:-default} or \${file:PATH}`,
        },
        shown,
      ),
    );
  }
  const raw = validate(schema, filled.value, filled.missing, [], problems);
  if (raw === null) throw failAll(problems);

  const lists = new Map(
    Object.entries(raw.environments ?? {}).map(([name, item]) => [
      name,
      instances(name, item.instances, read, env, parse, problems),
    ]),
  );
  const config = build(raw, {
    file,
    folder,
    home: env['HOME'] ?? '/',
    stateHome: env['XDG_STATE_HOME'] || null,
    env: { store: env['CANOPY_STORE'] || null, key: env['CANOPY_SSH_KEY_FILE'] || null },
    instances: (name) => lists.get(name) ?? [],
  });
  const lacking = filled.missing.map(({ path, name }) => ({ path: showPath(path), name }));
  problems.push(
    ...checkRules(config).filter((found) => !lacking.some((item) => explains(item.path, found.path))),
  );
  if (problems.length > 0) throw failAll(problems);
  return { config, missing: lacking, secrets: secretsOf(config) };
}

/** Validates; where a variable is missing, its key is judged as if a text stood there. */
function validate<S extends v.GenericSchema>(
  of: S,
  value: unknown,
  missing: readonly Missing[],
  at: Path,
  problems: Problem[],
): v.InferOutput<S> | null {
  const first = v.safeParse(of, value, { abortPipeEarly: true });
  if (first.success) return first.output;
  const told = first.issues.filter((issue) => !missing.some((item) => covers(item.path, pathOf(issue))));
  for (const issue of told) problems.push(tell(issue, [...at, ...pathOf(issue)]));
  if (told.length > 0) return null;
  const second = v.safeParse(
    of,
    missing.reduce((tree, item) => put(tree, item.path, '/missing/variable'), value),
  );
  if (second.success) return second.output;
  for (const item of missing)
    problems.push(
      problem('config-variable', { path: showPath(item.path), name: item.name }, showPath(item.path)),
    );
  return null;
}

function instances(
  name: string,
  given: RawInstance[] | { file: string } | undefined,
  read: (path: string) => { text: string } | { reason: string },
  env: Readonly<Record<string, string | undefined>>,
  parse: Parse,
  problems: Problem[],
): readonly RawInstance[] {
  if (given === undefined || Array.isArray(given)) return given ?? [];
  const path = `environments.${name}.instances`;
  const found = read(given.file);
  if ('reason' in found) {
    problems.push(problem('config-file', { path, file: given.file, reason: found.reason }, path));
    return [];
  }
  const filled = interpolate(parse(found.text, given.file), { env, file: read });
  return (
    validate(instancesOf, filled.value, filled.missing, ['environments', name, 'instances'], problems) ?? []
  );
}

function tell(issue: v.BaseIssue<unknown>, path: Path): Problem {
  const shown = showPath(path) || 'canopy.yml';
  if (issue.message.startsWith('unknown-key')) {
    return problem(
      'config-unknown-key',
      { path: shown, suggestion: issue.message.slice('unknown-key'.length) },
      shown,
    );
  }
  return problem('config-value', { path: shown, reason: withoutMarks(issue.message) }, shown);
}

/** Whether a key that lacks its variable is why a rule is broken: the same key, or the environment's for all its instances. */
function explains(missing: string, broken: string | undefined): boolean {
  const [section, name, ...rest] = missing.split('.');
  return (
    broken === missing ||
    (section === 'environments' &&
      broken?.startsWith(`environments.${name}.`) === true &&
      broken.endsWith(`.${rest.at(-1)}`))
  );
}

const pathOf = (issue: v.BaseIssue<unknown>): Path =>
  (issue.path ?? []).map((part) => part.key as string | number);
const covers = (outer: Path, inner: Path): boolean =>
  outer.every((part, index) => inner[index] === part) && inner.length >= outer.length;

function put(tree: unknown, path: Path, value: string): unknown {
  const [head, ...rest] = path;
  if (head === undefined) return value;
  if (Array.isArray(tree)) return tree.map((item, index) => (index === head ? put(item, rest, value) : item));
  const record = (tree ?? {}) as Record<string, unknown>;
  return { ...record, [head]: put(record[head], rest, value) };
}

function secretsOf(config: Config): string[] {
  const { traffic } = config;
  const tokens = [traffic?.admin.token, traffic?.admin.alertToken].flatMap((token) =>
    token ? [token.reveal()] : [],
  );
  return [...storeSecrets(config.store), ...tokens, ...gateSecrets(config.canary.gates)];
}
