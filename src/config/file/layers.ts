/** `extends` between environments, and keys of an environment that an instance inherits; on the raw values, before the schema. */
import { problem, type Problem } from '../../errors/common.ts';
import { lookUp } from '../../shared/look-up.ts';
import { isNothing, textOf } from '../fields/scalar.ts';
import { isMapping } from '../fields/fields.ts';

type RawTree = Readonly<Record<string, unknown>>;

/** What an instance takes over from its environment. */
export const inherited = [
  'driver',
  'path',
  'shared',
  'keep',
  'service',
  'docker',
  'env',
  'capacity',
  'health',
] as const;

interface Layered {
  readonly value: unknown;
  readonly problems: readonly Problem[];
}

/** Works `extends` in: a mapping is merged key by key, anything else (lists too) is replaced. */
export function layer(raw: unknown): Layered {
  if (!isTree(raw) || !isTree(raw['environments'])) return { value: raw, problems: [] };
  const environments = raw['environments'];
  const problems: Problem[] = [];
  const flat = Object.fromEntries(
    Object.keys(environments).map((name) => [name, flatten(name, environments, [], problems)]),
  );
  return { value: { ...raw, environments: flat }, problems };
}

/** One instance with the keys of its environment below its own. `service` and `health` are replaced whole: their keys exclude each other. */
export function withEnvironment(environment: RawTree, instance: RawTree): RawTree {
  const result: Record<string, unknown> = { ...instance };
  for (const key of inherited) {
    const [whole, own] = [environment[key], instance[key]];
    if (key === 'env' && isTree(whole) && isTree(own)) result[key] = { ...whole, ...own };
    else if (key === 'docker' && isTree(whole) && isTree(own)) result[key] = withDocker(whole, own);
    else if (result[key] === undefined && environment[key] !== undefined) result[key] = environment[key];
  }
  return result;
}

function flatten(name: string, all: RawTree, seen: readonly string[], problems: Problem[]): unknown {
  const own = all[name];
  if (!isTree(own) || own['extends'] === undefined || isNothing(own['extends'])) return own;
  const path = `environments.${name}.extends`;
  const base = textOf(own['extends']);
  if (typeof base !== 'string' || !isTree(lookUp(all, base))) {
    const known = Object.keys(all)
      .filter((key) => key !== name)
      .join(', ');
    problems.push(
      problem(
        'config-rule',
        {
          path,
          reason: `there is no environment ${JSON.stringify(base)}`,
          next: `name one of: ${known || 'none yet'}`,
        },
        path,
      ),
    );
    return own;
  }
  if ([...seen, name].includes(base)) {
    problems.push(
      problem(
        'config-rule',
        { path, reason: 'extends runs in a circle', next: 'let one of them stand on its own' },
        path,
      ),
    );
    return own;
  }
  const parent = flatten(base, all, [...seen, name], problems);
  // A branch belongs to one environment alone.
  const { extends: _, branch: __, ...rest } = isTree(parent) ? parent : {};
  return merge(rest, own);
}

function merge(base: RawTree, over: RawTree): RawTree {
  const result: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const below = result[key];
    const whole = key === 'service' || key === 'health';
    if (whole || !isTree(below) || !isTree(value)) result[key] = value;
    else result[key] = key === 'docker' ? withDocker(below, value) : merge(below, value);
  }
  return result;
}

/** Where the image comes from is one choice: naming another replaces it whole. */
function withDocker(base: RawTree, over: RawTree): RawTree {
  const origin = ['build', 'dockerfile', 'image', 'load'];
  const chosen = origin.some((key) => over[key] !== undefined);
  return {
    ...Object.fromEntries(Object.entries(base).filter(([key]) => !chosen || !origin.includes(key))),
    ...over,
  };
}

const isTree = (value: unknown): value is RawTree => isMapping(value);
