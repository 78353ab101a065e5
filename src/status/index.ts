export { status } from './run.ts';
export { table } from './table.ts';
