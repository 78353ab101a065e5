/** An instance on a plain server: release folders, a link `current`, a service. */
import type { Instance } from '../config/types.ts';
import { and } from './command.ts';
import { readFacts } from './facts.ts';
import type { Place } from './place-interface.ts';
import { receive } from './receive.ts';
import * as release from './release.ts';
import { noteServed } from './served.ts';
import * as service from './service.ts';
import { unitFacts } from './unit.ts';

export function plain({ path, shared, service: own }: Instance): Place {
  return {
    facts: ({ withUnit, withJournal }) =>
      readFacts({
        path,
        shared,
        status: service.status(own, path),
        unit: withUnit && own.kind !== 'commands' ? unitFacts(own) : null,
        journal: withJournal,
      }),
    takes: 'files',
    receive,
    refresh: release.writeEnv,
    activate: (files) => service.activate(own, files, release.switchTo(files)),
    restore: (files) => service.activate(own, files, release.switchTo(files)),
    clear: () => and(service.halt(own, path), release.switchToNone(path)),
    halt: () => service.halt(own, path),
    finish: (files, { at, served, prune, record }) =>
      and(
        release.stillRuns(files, service.status(own, path)),
        release.markHealthy(files, at),
        ...release.renewRecord(files, record),
        noteServed(path, served),
        ...(prune.length > 0 ? [release.tidy(release.prune(path, prune))] : []),
      ),
    within: release.inRelease,
    ask: release.inRelease,
    status: () => service.status(own, path),
    steady: () => service.steady(own),
    mainProcess: () => service.mainProcess(own, path),
    log: (lines) => service.logTail(own, path, lines),
  };
}
