/** The audit stream: who did what, why, and how it went. */
export { events, type EventName } from './event.ts';
export {
  paired,
  toFields as entryFields,
  type Action,
  type Actor,
  type AuditEntry,
  type Deed,
  type Done,
} from './parse.ts';
export { history, openAudit, type Audit, type AuditOptions, type AuditPorts, type History } from './run.ts';
