/** An instance on a plain server: release folders, a link `current`, a service. */
import type { Instance } from '../config/types.ts';
import { and } from './core/command.ts';
import * as current from './release/current-link.ts';
import { clearLeftovers } from './release/leftovers.ts';
import { readFacts } from './release/facts.ts';
import type { ShellRuntime } from './release/shell-runtime.ts';
import { receive } from './release/receive.ts';
import * as release from './release/release-folder.ts';
import { noteServed } from './release/served.ts';
import { noteListeners } from './service/listeners.ts';
import { commandsProof, unitProof, unitState } from './service/proof.ts';
import * as service from './service/service.ts';
import { unitFacts } from './service/unit.ts';

export function plain({ name, path, shared, service: own, env }: Instance): ShellRuntime {
  const at = { path, env: { ...env, CANOPY_INSTANCE: name } };
  return {
    facts: ({ withUnit, withJournal }) =>
      readFacts({
        path,
        shared,
        status: service.status(own, at),
        bare: service.bareStatus(own, at),
        unit: withUnit && own.kind !== 'commands' ? unitFacts(own) : null,
        journal: withJournal,
      }),
    takes: 'files',
    receive,
    refresh: release.writeEnv,
    activate: (files, replaced, leaving) =>
      and(
        noteListeners(path),
        current.replace(path, replaced),
        service.activate(own, at, current.switchTo(files), leaving),
      ),
    restore: (files, stopped, leaving) =>
      stopped
        ? and(service.halt(own, at), current.switchTo(files))
        : and(noteListeners(path), service.activate(own, at, current.switchTo(files), leaving)),
    clear: () => and(service.halt(own, at), current.switchToNone(path)),
    halt: () => service.halt(own, at),
    finish: (files, { at: time, served, prune, record }) =>
      and(
        current.stillRuns(files, service.status(own, at)),
        ...(files.foreign === true ? [] : [release.markHealthy(files, time)]),
        ...release.renewRecord(files, record),
        noteServed(path, served),
        release.tidy(...(prune.length > 0 ? [release.prune(path, prune)] : []), clearLeftovers(path)),
      ),
    within: release.inRelease,
    // It is asked while `current` leads to it, wherever it lies.
    ask: (_files, lines) => release.inCurrent(path, lines, at.env),
    status: () => service.status(own, at),
    steady: () => service.steady(own),
    state: () => (own.kind === 'commands' ? null : unitState(own)),
    proof: (asked) =>
      own.kind === 'commands'
        ? commandsProof(service.status(own, at), { path, ...asked })
        : unitProof(own, { path, ...asked }),
    log: (lines) => service.logTail(own, path, lines),
  };
}
