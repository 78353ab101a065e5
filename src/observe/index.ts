/**
 * One application as it is now: canopy.yml, the store and, where that is asked, its servers in; one typed value out. Each part is
 * fetched by a reader of its own (readers.ts says which); instances.ts puts together what they know of each instance.
 */
export { instancesOf } from './instances.ts';
export { observe, storeParts } from './observe.ts';
export type {
  DeploySnapshot,
  InstanceSnapshot,
  ObservedSplit,
  RolloutSnapshot,
  ServerSnapshot,
  TrafficSnapshot,
} from './snapshot.ts';
