/** `environments.NAME`, and its instances. */
import * as v from 'valibot';
import { url } from '../../fields/address.ts';
import {
  atLeastOne,
  byForm,
  isMapping,
  list,
  name,
  object,
  oneOf,
  serverPath,
  sharedPath,
  text,
  variables,
} from '../../fields/fields.ts';
import { key, lasts, meant, needed, section, type SectionOf, type WrittenOf } from '../../fields/section.ts';
import { buildDocker, docker, type Docker } from './docker.ts';
import { buildHealth, health, type HealthConfig } from './health.ts';
import { hooks, type Hooks } from './hooks.ts';
import { buildRollout, rollout, type Rollout } from './rollout.ts';
import { buildService, service } from './service.ts';

const o = v.optional;

/** Keys that an environment has for all its instances, and an instance may have for itself. */
const perInstance = section({
  driver: key(oneOf(['ssh', 'local', 'docker']), null),
  path: key(serverPath, ''),
  shared: key(list(sharedPath), []),
  keep: key(atLeastOne, 5),
  service: meant(service.schema, (written) => buildService(written ?? {})),
  docker: key(docker, null),
  env: key(variables, {}),
  /** Requests a second that it can take; null: nobody said. */
  capacity: key(atLeastOne, null),
  health: key(health.schema, null),
});
const instance = section({
  ...perInstance.keys,
  name: needed(name),
  /** SSH address; null with the driver `local`. */
  host: key(text, null),
  url: meant(url, (written) => written?.replace(/\/+$/, '') ?? null),
  tags: key(list(text), []),
});
export type WrittenInstance = WrittenOf<typeof instance>;

/** One instance with every key of its environment worked in. */
export interface Instance extends Omit<SectionOf<typeof instance>, 'driver' | 'docker' | 'health'> {
  readonly driver: 'ssh' | 'local' | 'docker';
  /** Null but for the driver `docker`: then the service has no meaning. */
  readonly docker: Docker | null;
  readonly health: HealthConfig;
}

export const instanceList = list(instance.schema, 'a list of instances');

const ownList = list(instance.schema, 'a list of instances, or { file: PATH }');
const listFile = object({ file: text });
const instances = byForm(v.union([ownList, listFile]), (input) => (isMapping(input) ? listFile : ownList));

const lock = section({ lease: lasts(30_000), wait: lasts(0) });

export const environment = object({
  ...perInstance.entries,
  extends: o(text),
  branch: o(text),
  instances: o(instances),
  rollout: o(rollout.schema),
  hooks: o(hooks.schema),
  lock: o(lock.schema),
  notify: o(text),
});
type WrittenEnvironment = v.InferOutput<typeof environment>;

export interface Environment {
  readonly name: string;
  readonly branch: string | null;
  readonly instances: readonly Instance[];
  readonly rollout: Rollout;
  readonly hooks: Hooks;
  readonly lock: SectionOf<typeof lock>;
  /** The policy for its failed deploys; null: that of the whole file. */
  readonly notify: string | null;
}

/** `instances`: with the keys of the environment worked in. */
export const buildEnvironment = (
  written: WrittenEnvironment,
  at: { readonly name: string; readonly app: string; readonly instances: readonly WrittenInstance[] },
): Environment => ({
  name: at.name,
  branch: written.branch ?? null,
  instances: at.instances.map((one) => buildInstance(one, at.app, at.name)),
  rollout: buildRollout(written.rollout ?? {}),
  hooks: hooks.fill(written.hooks ?? {}),
  lock: lock.fill(written.lock ?? {}),
  notify: written.notify ?? null,
});

function buildInstance(written: WrittenInstance, app: string, environmentName: string): Instance {
  const found = instance.fill(written);
  return {
    ...found,
    driver: found.driver ?? (found.docker === null ? 'ssh' : 'docker'),
    docker: buildDocker(found, app, environmentName),
    health: buildHealth(found.health ?? {}, found.url !== null),
  };
}
