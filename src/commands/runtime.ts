import type { Instance } from '../config/types.ts';
import { docker } from './docker/docker-runtime.ts';
import { plain } from './plain-runtime.ts';
import type { ShellRuntime } from './release/shell-runtime.ts';

/** What an instance runs in. */
export const runtimeOf = (instance: Instance): ShellRuntime =>
  instance.driver === 'docker' ? docker(instance) : plain(instance);
