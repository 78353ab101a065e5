import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import * as v from 'valibot';
import { fail, failAll, problem, type Problem } from '../../errors.ts';
import { build, schema } from '../sections/config.ts';
import { gateSecrets } from '../sections/canary/gates.ts';
import { hiddenOf } from './hidden.ts';
import { interpolate, showPath, type Given, type Interpolated, type Path } from './interpolate.ts';
import { layer, withEnvironment } from './layers.ts';
import { checkRules } from '../rules/rules.ts';
import { withoutMarks } from '../fields/scalar.ts';
import { instanceList, type WrittenInstance } from '../sections/environment/environment.ts';
import { storeSecrets } from '../sections/store.ts';
import type { Config } from '../sections/config.ts';

export interface Loaded {
  readonly config: Config;
  /** Variables that are not set, each with the key that asks for it. */
  readonly missing: readonly Lacking[];
  /** Texts that must never be printed. */
  readonly secrets: readonly string[];
  /** The file before its variables were filled in, with `extends` and lists of instances worked in; and what they gave. */
  readonly source: unknown;
  readonly given: readonly Given[];
}

interface Lacking {
  readonly path: string;
  readonly name: string;
}

/** What a text of YAML says, as plain data with its `${…}`; `file` is for the error. */
export type Parse = (text: string, file: string) => unknown;

/** Hears what must not be printed, before anything is said of the file. */
export type HearHidden = (texts: readonly string[]) => void;

/** What is known of the file so far. */
interface ConfigReading {
  readonly problems: Problem[];
  readonly missing: Lacking[];
  readonly given: Given[];
  /** Works the variables of a part of the file in. */
  fill(part: unknown, at: Path): Interpolated;
  read(path: string): { readonly text: string } | { readonly reason: string };
}

/**
 * Interpolates and checks the text of a canopy.yml; `file` says where it stands (paths in it are relative to that folder). Throws every
 * problem at once; the variables that are not set are in the data of that error.
 */
export function checkConfig(
  text: string,
  file: string,
  env: Readonly<Record<string, string | undefined>>,
  parse: Parse,
  hear: HearHidden = () => undefined,
): Loaded {
  const folder = dirname(file);
  const parsed = parse(text, file);
  if (Array.isArray(parsed) || typeof parsed !== 'object')
    throw fail('config-syntax', { file, reason: 'it is no mapping of keys' });
  const reading = readingOf(text, folder, env, hear);
  const { problems, missing, given } = reading;
  const layered = layer(parsed);
  problems.push(...layered.problems);
  const raw = validate(schema, reading.fill(layered.value, []), [], reading);
  if (raw === null) throw failAll(problems, { missing });

  let source = layered.value;
  const lists = new Map<string, readonly WrittenInstance[]>();
  for (const [name, { instances }] of Object.entries(raw.environments ?? {})) {
    if (instances === undefined || Array.isArray(instances)) lists.set(name, instances ?? []);
    else {
      const at = ['environments', name, 'instances'];
      const list = listed(instances.file, at, parse, reading);
      lists.set(name, list.instances);
      source = put(source, at, list.source);
    }
  }
  const config = build(raw, {
    file,
    folder,
    home: env['HOME'] ?? '/',
    stateHome: env['XDG_STATE_HOME'] || null,
    env: { store: env['CANOPY_STORE'] || null, key: env['CANOPY_SSH_KEY_FILE'] || null },
    instances: (name) =>
      (lists.get(name) ?? []).map(
        (one) => withEnvironment(raw.environments?.[name] ?? {}, one) as WrittenInstance,
      ),
  });
  problems.push(
    ...checkRules(config).filter((found) => !missing.some((item) => explains(item.path, found.path))),
  );
  if (problems.length > 0) throw failAll(problems, { missing });
  return { config, missing, secrets: secretsOf(config), source, given };
}

function readingOf(
  text: string,
  folder: string,
  env: Readonly<Record<string, string | undefined>>,
  hear: HearHidden,
): ConfigReading {
  const read: ConfigReading['read'] = (path) => {
    try {
      return { text: readFileSync(resolve(folder, path), 'utf8') };
    } catch (error) {
      return { reason: (error as NodeJS.ErrnoException).code ?? String(error) };
    }
  };
  const reading: ConfigReading = {
    problems: [],
    missing: [],
    given: [],
    read,
    fill: (part, at) => {
      const filled = interpolate(part, { env, file: read });
      const shown = (path: Path): string => showPath([...at, ...path]);
      hear(hiddenOf(filled.given, text));
      reading.given.push(...filled.given.map((one) => ({ ...one, path: [...at, ...one.path] })));
      reading.missing.push(...filled.missing.map(({ path, name }) => ({ path: shown(path), name })));
      for (const { path, file, reason } of filled.unreadable)
        reading.problems.push(problem('config-file', { path: shown(path), file, reason }, shown(path)));
      for (const { path, text: odd } of filled.malformed) {
        const reason = `${odd} is no variable: write \${env:NAME}, \${env:NAME:-default} or \${file:PATH}`;
        reading.problems.push(problem('config-value', { path: shown(path), reason }, shown(path)));
      }
      return filled;
    },
  };
  return reading;
}

/** Validates; where a variable is missing, its key is judged as if a text stood there. */
function validate<S extends v.GenericSchema>(
  of: S,
  { value, missing }: Interpolated,
  at: Path,
  { problems, given }: ConfigReading,
): v.InferOutput<S> | null {
  const first = v.safeParse(of, value, { abortPipeEarly: true });
  if (first.success) return first.output;
  const told = first.issues.filter((issue) => !missing.some((item) => covers(item.path, pathOf(issue))));
  for (const issue of told) problems.push(tell(issue, [...at, ...pathOf(issue)], given));
  if (told.length > 0) return null;
  const second = v.safeParse(
    of,
    missing.reduce((tree, item) => put(tree, item.path, '/missing/variable'), value),
  );
  if (second.success) return second.output;
  for (const item of missing) {
    const path = showPath([...at, ...item.path]);
    problems.push(problem('config-variable', { path, name: item.name }, path));
  }
  return null;
}

/** The instances that stand in a file of their own. */
function listed(
  file: string,
  at: Path,
  parse: Parse,
  reading: ConfigReading,
): { readonly instances: readonly WrittenInstance[]; readonly source: unknown } {
  const path = showPath(at);
  const found = reading.read(file);
  if ('reason' in found) {
    reading.problems.push(problem('config-file', { path, file, reason: found.reason }, path));
    return { instances: [], source: [] };
  }
  const source = parse(found.text, file);
  return { instances: validate(instanceList, reading.fill(source, at), at, reading) ?? [], source };
}

function tell(issue: v.BaseIssue<unknown>, path: Path, given: readonly Given[]): Problem {
  const shown = showPath(path) || 'canopy.yml';
  if (issue.message.startsWith('unknown-key')) {
    return problem(
      'config-unknown-key',
      { path: shown, suggestion: issue.message.slice('unknown-key'.length) },
      shown,
    );
  }
  // What a variable gave may be a secret; which one it was, says more.
  const from = given.find((one) => showPath(one.path) === shown);
  const reason = withoutMarks(issue.message);
  return problem(
    'config-value',
    {
      path: shown,
      reason: from ? reason.replace(/, not .*$/s, () => `, not what ${from.source} gives`) : reason,
    },
    shown,
  );
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

function put(tree: unknown, path: Path, value: unknown): unknown {
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
