/** The embedded traffic router: a service that runs until it is told to stop. */
export { setupOf } from './setup/from-config.ts';
export { restartRouter, serveRouter, workersOf, type Served, type ServicePorts } from './service.ts';
export { runRouter, type RouterAddresses, type RouterPorts } from './run.ts';
export type { RouterSetup } from './setup/setup.ts';
export type { RouterSummary } from './summary.ts';
