/** Parts of the snapshot, from what was read. Pure. */
import type { Instance } from '../config/types.ts';
import {
  canResume,
  isForeign,
  layoutOf,
  leftRunning,
  type InstanceFacts,
  type Journal,
} from '../deploy/index.ts';
import { lookUp } from '../shared/look-up.ts';
import type { DeploySnapshot, ServerSnapshot } from './snapshot.ts';

export function deploySnapshotOf(journal: Journal): DeploySnapshot {
  const { deploy, action, release, version, by, startedAt, state } = journal;
  return {
    ...{ deploy, action, release, version, by, startedAt, state },
    blocked: state === 'mixed',
    resumable: canResume(journal),
    doing: state === 'running' ? journal.doing.map(({ kind, instance }) => ({ kind, instance })) : [],
    runs: leftRunning(journal),
  };
}

export function serverSnapshotOf(
  instance: Instance,
  facts: Readonly<Record<string, InstanceFacts>>,
  failed: ReadonlyMap<string, string>,
): ServerSnapshot {
  const unreachable = failed.get(instance.name) ?? null;
  const own = lookUp(facts, instance.name);
  if (own === undefined)
    return { release: null, foreign: false, layout: null, running: false, healthyReleases: [], unreachable };
  return {
    release: own.current,
    foreign: isForeign(own, own.current),
    layout: layoutOf(instance, own),
    running: own.running,
    healthyReleases: own.releases.flatMap(({ id, healthyAt }) => (healthyAt === null ? [] : [id])),
    unreachable,
  };
}
