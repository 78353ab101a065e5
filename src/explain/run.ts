/** Offline answers about canopy.yml. */
import { stringify } from 'yaml';
import { sudoVerbs } from '../commands/unit.ts';
import type { Loaded } from '../config/index.ts';
import type { Config } from '../config/types.ts';
import { showDuration } from '../units.ts';

export interface Explained {
  readonly data: Readonly<Record<string, unknown>>;
  readonly text: string;
}

/** The effective configuration with every default, secrets masked, and each variable that is missing. */
export function explainConfig(loaded: Loaded): Explained {
  const { config, missing } = loaded;
  const { file, folder: _, ...shown } = config;
  const lacking = missing.map(({ path, name }) => `  ${path} needs ${name}`);
  return {
    data: shape(config, missing),
    text: [
      `# ${file} with every default worked in`,
      stringify(JSON.parse(JSON.stringify(shown))).trimEnd(),
      ...(lacking.length > 0
        ? ['', 'Variables that are not set (an error only for the steps that use them):', ...lacking]
        : []),
    ].join('\n'),
  };
}

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
      balancer: traffic.balancer,
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

/** The narrow sudo rules that the services of canopy.yml need on their servers. */
export function explainSudo(config: Config): Explained {
  const units = new Map<string, Set<string>>();
  for (const environment of Object.values(config.environments)) {
    for (const { service, host } of environment.instances) {
      if (service.kind !== 'systemd') continue;
      const user = host?.includes('@') ? (host.split('@')[0] ?? 'deploy') : 'deploy';
      if (user === 'root') continue;
      units.set(service.unit, (units.get(service.unit) ?? new Set()).add(user));
    }
  }
  const rules = [...units].flatMap(([unit, users]) =>
    [...users].map(
      (user) =>
        `${user} ALL=(root) NOPASSWD: ${sudoVerbs.map((verb) => `/usr/bin/systemctl ${verb} ${unit}.service`).join(', ')}`,
    ),
  );
  const text =
    rules.length === 0
      ? 'No rule is needed: no instance has a systemd service of the system.'
      : ['Put this into /etc/sudoers.d/canopy on the servers (visudo -f checks it):', '', ...rules].join(
          '\n',
        );
  return { data: { rules }, text };
}
