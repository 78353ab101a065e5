/** The variables that a hook sees. Values are data: they are handed over as they are and never become part of its text. Pure. */
import { commitOf } from '../../artifact/id.ts';
import { cut } from '../../shared/text/line.ts';
import type { Action } from '../model/actions.ts';

export interface Occasion {
  readonly app: string;
  readonly environment: string;
  readonly action: 'deploy' | 'rollback';
  readonly deploy: string;
  readonly token: number;
  readonly commit: string;
  /** What ran on the instance before. */
  readonly previous: string | null;
  /** Why the instance failed; null when it has not. */
  readonly reason: string | null;
}

/** `CANOPY_HOOK_ID` is of this run of the hook alone: its processes are found by it. */
export const hookEnv = (of: Occasion, { kind, instance, release }: Action) => ({
  CANOPY_APP: of.app,
  CANOPY_ENVIRONMENT: of.environment,
  CANOPY_INSTANCE: instance,
  CANOPY_RELEASE: release,
  CANOPY_PREVIOUS: of.previous ?? '',
  CANOPY_COMMIT: of.commit || (commitOf(release) ?? ''),
  CANOPY_ACTION: of.action,
  CANOPY_HOOK: kind,
  CANOPY_HOOK_ID: `${of.deploy}.${of.token}.${kind}.${instance}`,
  // No variable can hold a NUL.
  ...(of.reason === null ? {} : { CANOPY_REASON: cut(of.reason.replaceAll('\0', ' '), 4000) }),
});
