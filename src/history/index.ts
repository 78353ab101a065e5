/** What happened to an environment. */
export { doraOf, history, type HistoryAsked } from './run.ts';
export { doraTable, table } from './table.ts';
