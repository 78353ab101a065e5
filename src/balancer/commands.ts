/** The balancer that people have already: their own commands take an instance out and put it back. */
import type { CommandsConfig } from '../config/balancer-types.ts';
import type { Config, Instance, TrafficConfig } from '../config/types.ts';
import { CanopyError, fail } from '../errors.ts';
import { toLine } from '../shared/text/line.ts';
import type { Balancer, Clock, Exec, Log, Ran, Store } from '../ports/ports.ts';
import { change, read, shareOf, type First } from '../traffic/index.ts';

interface CommandsSetup {
  readonly config: Config;
  readonly commands: CommandsConfig;
  readonly exec: () => Promise<Exec>;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly by?: string;
  readonly first?: Partial<First>;
}

/** What a drain ends with when not all requests were done; the last line of its output says how many. */
const leftExit = 75;

/** Who is drained is remembered in the store: nobody else knows. Nothing is counted, so the load is not known. */
export function commandsBalancer(setup: CommandsSetup): Balancer {
  const { config, commands, store, clock, log } = setup;
  const { app } = config;
  const traffic = config.traffic as TrafficConfig;
  const environments = [traffic.stable, traffic.canary].flatMap((name) =>
    name === null ? [] : (config.environments[name] ?? []),
  );
  const ports = { store, clock, log };

  return {
    async check() {
      if (commands.check !== null) await run('check', commands.check, {}, commands.timeoutMs);
    },

    async drained() {
      return Object.keys((await read(app, store))?.drained ?? {});
    },

    async load() {
      const state = await read(app, store);
      const drained = state?.drained ?? {};
      const instances = environments
        .flatMap((one) => one.instances)
        .map(({ name }) => ({
          name,
          healthy: true,
          drained: Object.hasOwn(drained, name),
          requestsPerSecond: null,
        }));
      return { canaryShare: state === null ? 0 : shareOf(state), instances };
    },

    async drain(instance, timeoutMs) {
      const env = envOf(instance, timeoutMs);
      // First written down: whoever comes after a crash puts it back.
      const note = { since: clock.now(), by: setup.by ?? 'deploy' };
      await change(app, [{ kind: 'drain', instance, note }], ports, setup.first);
      try {
        const ran = await run('drain', commands.drain, env, timeoutMs, instance, [leftExit]);
        return { cut: ran.code === leftExit ? leftOf(ran) : 0 };
      } catch (error) {
        if (!(error instanceof CanopyError) || error.code !== 'command-timeout') throw error;
        log.warn(`${error.message}; how many requests are left is not known`, instance);
        return { cut: 1 };
      }
    },

    async ready(instance, timeoutMs) {
      await run('ready', commands.ready, envOf(instance, timeoutMs), timeoutMs, instance);
      await change(app, [{ kind: 'ready', instance }], ports, setup.first);
    },

    // Nobody can be asked how things stand.
    reconcile: async () => undefined,

    async settle() {
      if (commands.weight === null) return [];
      const state = await read(app, store);
      const share = state === null ? 0 : shareOf(state);
      const env = { CANOPY_WEIGHT: String(share), CANOPY_ALERT: state?.alert ? '1' : '0' };
      await run('weight', commands.weight, env, commands.timeoutMs);
      return [];
    },
  };

  function envOf(name: string, timeoutMs: number): Record<string, string> {
    const found = environments
      .flatMap((environment) => environment.instances.map((instance) => ({ environment, instance })))
      .find(({ instance }) => instance.name === name);
    if (found === undefined)
      throw fail('balancer-instance', {
        instance: name,
        environments: environments.map((one) => one.name).join(' and '),
      });
    return {
      ...instanceEnv(found.instance),
      CANOPY_ENVIRONMENT: found.environment.name,
      CANOPY_TIMEOUT: seconds(timeoutMs),
    };
  }

  async function run(
    name: 'drain' | 'ready' | 'weight' | 'check',
    lines: readonly string[],
    env: Readonly<Record<string, string>>,
    timeoutMs: number,
    instance = '',
    fine: readonly number[] = [],
  ): Promise<Ran> {
    const ran = await (
      await setup.exec()
    ).shell(lines, {
      cwd: config.folder,
      title: `${name} of the balancer${instance === '' ? '' : `, ${instance}`}`,
      effect: name === 'check' ? 'read' : 'change',
      env: { CANOPY_APP: app, ...env },
      timeoutMs,
      onLine: (line) => log.debug(line, instance),
    });
    if (ran.code === 0 || fine.includes(ran.code)) return ran;
    throw fail('balancer-command', {
      name,
      about: instance === '' ? '' : ` for ${instance}`,
      code: String(ran.code),
      detail: toLine((ran.stderr.trim() || ran.stdout.trim()).split('\n').at(-1) || 'it said nothing', 300),
    });
  }
}

const instanceEnv = ({ name, url, host, tags }: Instance): Record<string, string> => ({
  CANOPY_INSTANCE: name,
  CANOPY_URL: url ?? '',
  CANOPY_HOST: host ?? '',
  CANOPY_TAGS: tags.join(','),
});

const seconds = (ms: number): string => String(Math.ceil(ms / 1000));

/** One at least, when it does not say. */
function leftOf({ stdout }: Ran): number {
  const count = Number(stdout.trim().split('\n').at(-1));
  return Number.isSafeInteger(count) && count > 0 ? count : 1;
}
