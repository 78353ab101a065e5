export { status, type Status } from './run.ts';
export { table } from './table.ts';
