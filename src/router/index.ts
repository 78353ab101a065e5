/** The embedded traffic router: a service that runs until it is told to stop. */
export { setupOf } from './setup/from-config.ts';
export { restartRouter, serveRouter, workersOf } from './service.ts';
export { runRouter, type RouterAddresses } from './run.ts';
export type { RouterSetup } from './setup/setup.ts';
export type { RouterSummary } from './summary.ts';
