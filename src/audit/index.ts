/** The audit stream: who did what, why, and how it went. */
export { events, type EventName } from './event.ts';
export {
  entryLine,
  paired,
  toFields as entryFields,
  type AuditedAction,
  type Actor,
  type AuditEntry,
  type AuditIntent,
  type AuditOutcome,
} from './parse.ts';
export { history, openAudit, type History } from './run.ts';
