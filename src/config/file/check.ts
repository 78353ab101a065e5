import { dirname } from 'node:path';
import type * as v from 'valibot';
import { fail, failAll, problem, type Problem } from '../../errors/common.ts';
import { build, schema, type BuildContext } from '../sections/config.ts';
import { gateSecrets } from '../sections/canary/gates.ts';
import { showPath, type Given, type Path } from './interpolate.ts';
import { layer, withEnvironment } from './layers.ts';
import { put } from './put.ts';
import { checkRules } from '../rules/rules.ts';
import { instanceList, type WrittenInstance } from '../sections/environment/environment.ts';
import { storeSecrets } from '../sections/store/store.ts';
import type { Config } from '../sections/config.ts';
import type { OperateConfig, OperateWritten } from '../sections/operate.ts';
import {
  NotRight,
  readingOf,
  type ConfigReading,
  type HearHidden,
  type Lacking,
  type Words,
} from './reading.ts';

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

/** What a text of YAML says, as plain data with its `${…}`; `file` is for the error. */
export type Parse = (text: string, file: string) => unknown;

/** The sections of what runs by itself (operate.ts): most files have none of them, and most steps none to read. */
export interface OperateSections {
  readonly wholeSchema: WholeSchema;
  readonly buildOperate: (written: v.InferOutput<WholeSchema>, at: BuildContext) => OperateConfig | undefined;
  readonly operateRules: (config: Config) => readonly Problem[];
  /** Texts that must never be printed. */
  readonly operateSecrets: (config: Config) => readonly string[];
}
type WholeSchema = v.GenericSchema<unknown, v.InferOutput<typeof schema> & OperateWritten>;

/** It has a section of those that are loaded late. */
export class NeedsOperate extends Error {
  override name = 'NeedsOperate';
}

/** The keys of `Operate`, known before it is loaded. */
const operateKeys = ['watch', 'people', 'groups', 'messages', 'escalation', 'notify'];

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
  const parsed = mappingIn(parse(text, file), file);
  const sections = sectionsFor(parsed, operate);
  const reading = readingOf(text, dirname(file), env, hear, words);
  const { problems, missing, given } = reading;
  const layered = layer(parsed);
  reading.tell(layered.problems);
  const raw = reading.validate(sections.wholeSchema, layered.value, []);
  if (raw === null) throw failAll(problems, { missing });

  const { lists, source } = instancesIn(raw, layered.value, parse, reading);
  const at: BuildContext = {
    file,
    folder: dirname(file),
    home: env['HOME'] ?? '/',
    stateHome: env['XDG_STATE_HOME'] || null,
    env: { store: env['CANOPY_STORE'] || null, key: env['CANOPY_SSH_KEY_FILE'] || null },
    instances: (name) => lists.get(name) ?? [],
  };
  const config = build(raw, at, sections.buildOperate(raw, at));
  problems.push(...brokenRules(config, namesIn(layered.value), sections, reading, words));
  if (problems.length > 0) throw failAll(problems, { missing });
  const secrets = [...secretsOf(config), ...sections.operateSecrets(config)];
  return { config, missing, secrets, source, given };
}

/** Throws `config-syntax`. An empty file is a mapping of nothing. */
function mappingIn(parsed: unknown, file: string): object | null {
  if (!Array.isArray(parsed) && typeof parsed === 'object') return parsed;
  throw fail('config-syntax', { file, reason: 'it is no mapping of keys' });
}

/** Of a file that has none of them. */
const noOperate: OperateSections = {
  wholeSchema: schema,
  buildOperate: () => undefined,
  operateRules: ({ environments }) => {
    if (Object.values(environments).some(({ notify }) => notify !== null)) throw new NeedsOperate();
    return [];
  },
  operateSecrets: () => [],
};

function sectionsFor(parsed: object | null, operate: OperateSections | null): OperateSections {
  if (operate !== null) return operate;
  if (operateKeys.some((key) => key in (parsed ?? {}))) throw new NeedsOperate();
  return noOperate;
}

/** The instances of each environment, with what they take over from it; and the file with the lists that stand in files of their own. */
function instancesIn(
  raw: v.InferOutput<typeof schema>,
  file: unknown,
  parse: Parse,
  reading: ConfigReading,
): { readonly lists: ReadonlyMap<string, readonly WrittenInstance[]>; readonly source: unknown } {
  let source = file;
  const lists = new Map<string, readonly WrittenInstance[]>();
  for (const [name, environment] of Object.entries(raw.environments ?? {})) {
    const { instances = [] } = environment;
    const path = ['environments', name, 'instances'];
    const list = Array.isArray(instances) ? null : listed(instances.file, path, parse, reading);
    if (list !== null) source = put(source, path, list.source);
    const own = list?.instances ?? (instances as readonly WrittenInstance[]);
    lists.set(
      name,
      own.map((one) => withEnvironment(environment, one) as WrittenInstance),
    );
  }
  return { lists, source };
}

/** Rules that are broken, but for those that are because something else is wrong. Without `words` it throws `NotRight` for the first thing. */
function brokenRules(
  config: Config,
  environments: readonly string[],
  { operateRules }: OperateSections,
  { problems, missing, broken }: ConfigReading,
  words: Words | null,
): Problem[] {
  const found = [...checkRules(config), ...operateRules(config)];
  if (words === null) {
    if (found.length + problems.length > 0) throw new NotRight();
    return [];
  }
  const causes = [...missing.map(({ path }) => path), ...broken];
  return found.filter(({ path = '' }) => !causes.some((cause) => words.explains(cause, path, environments)));
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
