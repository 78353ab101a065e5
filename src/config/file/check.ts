import { fileReason } from '../../shared/system/file-error.ts';
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import * as v from 'valibot';
import { fail, failAll, problem, type Problem } from '../../errors/common.ts';
import { build, schema, type BuildContext } from '../sections/config.ts';
import { gateSecrets } from '../sections/canary/gates.ts';
import { hiddenOf } from './hidden.ts';
import { interpolate, showPath, type Given, type Interpolated, type Path } from './interpolate.ts';
import { layer, withEnvironment } from './layers.ts';
import { put } from './put.ts';
import { checkRules } from '../rules/rules.ts';
import { instanceList, type WrittenInstance } from '../sections/environment/environment.ts';
import { storeSecrets } from '../sections/store/store.ts';
import type { Config } from '../sections/config.ts';
import type { OperateConfig, OperateWritten } from '../sections/operate.ts';
import type * as words from './validate.ts';

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

/** How all that is wrong with a file is told (validate.ts). A file that is right never needs it. */
export type Words = Pick<typeof words, 'validate' | 'explains'>;

/** The sections of what runs by itself (operate.ts): most files have none of them, and most steps none to read. */
export interface OperateSections {
  readonly wholeSchema: WholeSchema;
  readonly buildOperate: (written: v.InferOutput<WholeSchema>, at: BuildContext) => OperateConfig;
  readonly operateRules: (config: Config) => readonly Problem[];
  /** Texts that must never be printed. */
  readonly operateSecrets: (config: Config) => readonly string[];
}
type WholeSchema = v.GenericSchema<unknown, v.InferOutput<typeof schema> & OperateWritten>;

/** There is something to tell of this file. */
class NotRight extends Error {
  override name = 'NotRight';
}

/** It has a section of those that are loaded late. */
export class NeedsOperate extends Error {
  override name = 'NeedsOperate';
}

/** The keys of `Operate`, known before it is loaded. */
const operateKeys = ['watch', 'people', 'groups', 'messages', 'escalation', 'notify'];

/** What is known of the file so far. */
interface ConfigReading {
  readonly problems: Problem[];
  readonly missing: Lacking[];
  readonly given: Given[];
  /** Paths of what is wrong so far: rules are not asked about them. */
  readonly broken: string[];
  /** Notes problems with the keys at their paths. */
  tell(problems: readonly Problem[]): void;
  /** Works the variables of a part of the file in, and gives what is right of it. */
  validate<S extends v.GenericSchema>(of: S, part: unknown, at: Path): v.InferOutput<S> | null;
  read(path: string): { readonly text: string } | { readonly reason: string };
}

/**
 * Interpolates and checks the text of a canopy.yml; `file` says where it stands (paths in it are relative to that folder). Throws every
 * problem at once; the variables that are not set are in the data of that error. Without `words` it throws `NotRight` where they are needed,
 * without `operate` `NeedsOperate`.
 */
export function checkConfig(
  text: string,
  file: string,
  env: Readonly<Record<string, string | undefined>>,
  parse: Parse,
  hear: HearHidden = () => undefined,
  words: Words | null = null,
  operate: OperateSections | null = null,
): Loaded {
  const folder = dirname(file);
  const parsed = parse(text, file);
  if (Array.isArray(parsed) || typeof parsed !== 'object')
    throw fail('config-syntax', { file, reason: 'it is no mapping of keys' });
  const reading = readingOf(text, folder, env, hear, words);
  const { problems, missing, given } = reading;
  if (operate === null && operateKeys.some((key) => key in (parsed ?? {}))) throw new NeedsOperate();
  const layered = layer(parsed);
  reading.tell(layered.problems);
  const whole: WholeSchema = operate?.wholeSchema ?? schema;
  const raw = reading.validate(whole, layered.value, []);
  if (raw === null) throw failAll(problems, { missing });

  let source = layered.value;
  const lists = new Map<string, readonly WrittenInstance[]>();
  for (const [name, { instances }] of Object.entries(raw.environments ?? {})) {
    if (instances === undefined || Array.isArray(instances)) lists.set(name, instances ?? []);
    else {
      const path = ['environments', name, 'instances'];
      const list = listed(instances.file, path, parse, reading);
      lists.set(name, list.instances);
      source = put(source, path, list.source);
    }
  }
  const at: BuildContext = {
    file,
    folder,
    home: env['HOME'] ?? '/',
    stateHome: env['XDG_STATE_HOME'] || null,
    env: { store: env['CANOPY_STORE'] || null, key: env['CANOPY_SSH_KEY_FILE'] || null },
    instances: (name) =>
      (lists.get(name) ?? []).map(
        (one) => withEnvironment(raw.environments?.[name] ?? {}, one) as WrittenInstance,
      ),
  };
  const config = build(raw, at, operate?.buildOperate(raw, at));
  if (operate === null && Object.values(config.environments).some(({ notify }) => notify !== null))
    throw new NeedsOperate();
  const names = namesIn(layered.value);
  const causes = [...missing.map(({ path }) => path), ...reading.broken];
  const isCause = ({ path = '' }: Problem): boolean =>
    causes.some((cause) => words?.explains(cause, path, names));
  const broken = [...checkRules(config), ...(operate?.operateRules(config) ?? [])];
  if (words === null && broken.length + problems.length > 0) throw new NotRight();
  problems.push(...broken.filter((found) => !isCause(found)));
  if (problems.length > 0) throw failAll(problems, { missing });
  const secrets = [...secretsOf(config), ...(operate?.operateSecrets(config) ?? [])];
  return { config, missing, secrets, source, given };
}

function readingOf(
  text: string,
  folder: string,
  env: Readonly<Record<string, string | undefined>>,
  hear: HearHidden,
  words: Words | null,
): ConfigReading {
  const read: ConfigReading['read'] = (path) => {
    try {
      return { text: readFileSync(resolve(folder, path), 'utf8') };
    } catch (error) {
      return { reason: fileReason(error) };
    }
  };
  const reading: ConfigReading = {
    problems: [],
    missing: [],
    given: [],
    broken: [],
    read,
    tell: (problems) => {
      reading.problems.push(...problems);
      reading.broken.push(...problems.flatMap(({ path }) => path ?? []));
    },
    validate: (of, part, at) => {
      const filled = fill(part, at);
      const found = words?.validate(of, filled, at, reading.given) ?? rightOf(of, filled);
      reading.problems.push(...found.problems);
      reading.broken.push(...found.broken);
      return found.output;
    },
  };
  const fill = (part: unknown, at: Path): Interpolated => {
    const filled = interpolate(part, { env, file: read });
    const shown = (path: Path): string => showPath([...at, ...path]);
    hear(hiddenOf(filled.given, text));
    reading.given.push(...filled.given.map((one) => ({ ...one, path: [...at, ...one.path] })));
    reading.missing.push(...filled.missing.map(({ path, name }) => ({ path: shown(path), name })));
    for (const { path, file, reason } of filled.unreadable)
      reading.tell([problem('config-file', { path: shown(path), file, reason }, shown(path))]);
    for (const { path, text: odd } of filled.malformed) {
      const reason = `${odd} is no variable: write \${env:NAME}, \${env:NAME:-default} or \${file:PATH}`;
      reading.tell([problem('config-value', { path: shown(path), reason }, shown(path))]);
    }
    return filled;
  };
  return reading;
}

/** Of a part that is right; where a variable is missing, the thorough way tells. */
function rightOf<S extends v.GenericSchema>(of: S, { value }: Interpolated) {
  const parsed = v.safeParse(of, value, { abortEarly: true });
  if (!parsed.success) throw new NotRight();
  return { output: parsed.output, problems: [], broken: [] };
}

/** Of environments, those that are wrong among them. */
function namesIn(whole: unknown): string[] {
  const { environments } = whole as { readonly environments?: unknown };
  return typeof environments === 'object' && environments !== null ? Object.keys(environments) : [];
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
    reading.tell([problem('config-file', { path, file, reason: found.reason }, path)]);
    return { instances: [], source: [] };
  }
  const source = parse(found.text, file);
  return { instances: reading.validate(instanceList, source, at) ?? [], source };
}

function secretsOf(config: Config): string[] {
  const { traffic } = config;
  const tokens = [traffic?.admin.token, traffic?.admin.alertToken].flatMap((token) =>
    token ? [token.reveal()] : [],
  );
  return [...storeSecrets(config.store), ...tokens, ...gateSecrets(config.canary.gates)];
}
