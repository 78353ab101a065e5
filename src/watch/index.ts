/** What runs by itself after a release: canopy.yml in, incidents, messages and acts out. `watcher.ts` is one look at everything. */
export { runWatch } from './run.ts';
