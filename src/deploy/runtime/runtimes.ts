import type { Instance } from '../../config/types.ts';
import type { Host } from '../../ports/ports.ts';
import type { InstanceRuntime } from './instance-runtime.ts';
import { shell } from './shell.ts';

/** By the driver that canopy.yml names for an instance. */
const runtimes: Readonly<Record<Instance['driver'], (instance: Instance, host: Host) => InstanceRuntime>> = {
  ssh: shell,
  local: shell,
  docker: shell,
};

export const runtimeOn = (instance: Instance, host: Host): InstanceRuntime =>
  runtimes[instance.driver](instance, host);
