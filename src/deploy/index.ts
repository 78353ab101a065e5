export { deploy, rollback } from './deploy.ts';
export { tryAll } from './hosts.ts';
export { underLeases } from './lease.ts';
export { outlast } from './outlast.ts';
export { readJournal, type Journal } from './journal.ts';
export { resultOf } from './result.ts';
export { chosen, environmentOf, type Setting, type Who } from './setting.ts';
export { unblock } from './unblock.ts';
export type { DeployReport, InstanceReport } from './summary.ts';
