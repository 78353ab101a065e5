import type { Loaded } from '../config/index.ts';
import type { Config } from '../config/types.ts';
import { fail, failAll, problem } from '../errors.ts';
import type { Section, Step } from './declare/define.ts';

/** The configuration for a step; a missing variable matters only to a step that uses the section in which it stands. */
export function complete(step: Step, { config, missing }: Loaded, environment: unknown): Config {
  const needed = missing.filter(({ path }) => isNeeded(path, step.uses, environment));
  if (needed.length > 0) throw failAll(needed.map((item) => problem('config-variable', item, item.path)));
  if (typeof environment === 'string' && !Object.hasOwn(config.environments, environment)) {
    throw fail('no-environment', {
      name: environment,
      known: Object.keys(config.environments).join(', ') || 'none',
    });
  }
  return config;
}

function isNeeded(path: string, uses: readonly Section[], environment: unknown): boolean {
  const [section, name] = path.split('.');
  if (section === 'app') return true;
  if (!uses.includes(section as Section)) return false;
  return section !== 'environments' || typeof environment !== 'string' || name === environment;
}
