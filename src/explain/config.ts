/** Is canopy.yml right, and what does it mean? Pure. */
import { stringify } from 'yaml';
import { kindOf } from '../config/balancer.ts';
import type { Loaded } from '../config/index.ts';
import type { Config } from '../config/types.ts';
import { showDuration } from '../units.ts';
import type { Explained } from './answer.ts';
import { written } from './written.ts';

/** The effective configuration with every default, secrets masked, and each variable that is missing. */
export function explainConfig({ config, missing }: Loaded): Explained {
  const lacking = missing.map(({ path, name }) => `#   ${path} needs ${name}`);
  const text = stringify(written(config), { lineWidth: 0 }).trimEnd();
  return {
    data: shape(config, missing),
    text: [
      `# ${config.file} with every default worked in`,
      text.replaceAll(placeholder, '(not set)'),
      ...(lacking.length > 0
        ? ['', '# Variables that are not set (an error only for the steps that use them):', ...lacking]
        : []),
    ].join('\n'),
  };
}

/** What stands for a variable that is not set. */
const placeholder = '/missing/variable';

/** What canopyPipeline reads: which branch deploys where, and how a canary grows. */
function shape(config: Config, missing: Loaded['missing']): Record<string, unknown> {
  const { traffic } = config;
  return {
    app: config.app,
    environments: Object.fromEntries(
      Object.values(config.environments).map(({ name, branch, instances }) => [
        name,
        { branch, instances: instances.length },
      ]),
    ),
    traffic: traffic && {
      balancer: kindOf(traffic.balancer),
      stable: traffic.stable,
      canary: traffic.canary,
      weight: traffic.weight,
    },
    canary: {
      steps: config.canary.steps.map(({ weight, forMs }) => ({ weight, forMs, for: showDuration(forMs) })),
    },
    missing,
  };
}
