import type { Instance } from '../config/types.ts';
import { docker } from './docker.ts';
import { plain } from './plain.ts';
import type { Place } from './place-interface.ts';

/** What an instance runs in. */
export const placeOf = (instance: Instance): Place =>
  instance.driver === 'docker' ? docker(instance) : plain(instance);
