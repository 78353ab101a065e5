import type { Loaded } from '../config/index.ts';
import type { Config } from '../config/types.ts';
import { failAll, isCanopyError, problem, type Problem } from '../errors/common.ts';
import type { Section, Step } from './declare/define.ts';

type MissingVariables = Loaded['missing'];

/** The configuration for a step; a missing variable matters only to a step that uses the section in which it stands. */
export function complete(step: Step, { config, missing }: Loaded, environment: unknown): Config {
  const known = Object.keys(config.environments);
  const unknown =
    typeof environment === 'string' && !known.includes(environment)
      ? [problem('no-environment', { name: environment, known: known.join(', ') || 'none' })]
      : [];
  const problems = [...unknown, ...lackingOf(missing, step.uses, environment)];
  if (problems.length > 0) throw failAll(problems);
  return config;
}

/** What is wrong with the file, with the variables that this step will lack as well: all is told in one go. */
export function withLacking(step: Step, error: unknown, environment: unknown): unknown {
  if (!isCanopyError(error) || !Array.isArray(error.data['missing'])) return error;
  const missing = error.data['missing'] as MissingVariables;
  const told = new Set(error.problems.map(({ message }) => message));
  // A step that only tells of the file tells of all.
  const uses = step.uses.length > 0 ? step.uses : null;
  const more = lackingOf(missing, uses, environment).filter(({ message }) => !told.has(message));
  return failAll([...error.problems, ...more], error.data);
}

const lackingOf = (
  missing: MissingVariables,
  uses: readonly Section[] | null,
  environment: unknown,
): Problem[] =>
  missing
    .filter(({ path }) => uses === null || isNeeded(path, uses, environment))
    .map((item) => problem('config-variable', item, item.path));

function isNeeded(path: string, uses: readonly Section[], environment: unknown): boolean {
  const section = /^[^.[]*/.exec(path)?.[0] ?? '';
  if (section === 'app') return true;
  if (!uses.includes(section as Section)) return false;
  // A name may have dots in it.
  if (section !== 'environments' || typeof environment !== 'string') return true;
  return path === `environments.${environment}` || path.startsWith(`environments.${environment}.`);
}
