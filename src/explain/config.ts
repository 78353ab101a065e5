/** Is canopy.yml right, and what does it mean? Pure. */
import { placeRemarks } from '../config/rules/places.ts';
import { balancerKindOf } from '../config/fields/choices.ts';
import type { Loaded } from '../config/index.ts';
import type { Config } from '../config/types.ts';
import { showDuration } from '../shared/text/units.ts';
import type { Explained } from './answer.ts';
import { sourcesOf } from './written/from-variables.ts';
import { toYaml } from './written/to-yaml.ts';
import { written } from './written/written.ts';

/** The effective configuration with every default, secrets masked, variables that are set by their names, and each that is missing. */
export function explainConfig({ config, missing, source, given }: Loaded): Explained {
  const lacking = missing.map(({ path, name }) => `#   ${path} needs ${name}`);
  const remarks = placeRemarks(config);
  const text = toYaml(written(config, sourcesOf({ source, given }))).trimEnd();
  return {
    data: { ...shape(config, missing), remarks },
    text: [
      `# ${config.file} with every default worked in; what variables and files give is not shown`,
      text.replaceAll(placeholder, '(not set)'),
      ...(lacking.length > 0
        ? ['', '# Variables that are not set (an error only for the steps that use them):', ...lacking]
        : []),
      ...(remarks.length > 0 ? ['', ...remarks.map((remark) => `# warning: ${remark}`)] : []),
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
      balancer: balancerKindOf(traffic.balancer),
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
