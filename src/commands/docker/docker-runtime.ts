/** An instance in a container: the docker of its server makes, replaces and asks it, inside the same fence as everything else. */
import type { Docker } from '../../config/types.ts';
import type { Instance } from '../../config/types.ts';
import { and } from '../core/command.ts';
import * as current from '../release/current-link.ts';
import * as container from './container.ts';
import { engineFacts } from './docker-facts.ts';
import * as image from './image.ts';
import { oneOff } from './run.ts';
import { containerProof, containerState } from './proof.ts';
import { clearLeftovers } from '../release/leftovers.ts';
import { readFacts } from '../release/facts.ts';
import type { ShellRuntime } from '../release/shell-runtime.ts';
import * as release from '../release/release-folder.ts';
import { noteServed } from '../release/served.ts';
import { noteListeners } from '../service/listeners.ts';

/** A release keeps its folder, with no files but ours in it: facts, marks and the link `current` are those of a plain server. */
export function docker({ path, shared, docker: own }: Instance): ShellRuntime {
  if (own === null) throw new TypeError('no docker section');
  const here = { docker: own, path };
  return {
    facts: ({ withJournal }) =>
      readFacts({
        path,
        shared: [...shared, ...mounted(own, shared)],
        status: container.status(here),
        bare: container.bareStatus(here),
        unit: engineFacts(own.name, path),
        journal: withJournal,
      }),
    takes: 'archive',
    receive: (received) => image.receive(own, received),
    refresh: release.writeEnv,
    activate: (files, replaced) =>
      and(noteListeners(path), current.replace(path, replaced), container.activate(here, files)),
    restore: (files) =>
      and(
        noteListeners(path),
        files.foreign === true ? container.restoreForeign(here, files) : container.restore(here, files),
      ),
    clear: () => and(container.remove(here), current.switchToNone(path)),
    halt: () => container.halt(here),
    finish: (files, { at, served, prune, record }) =>
      and(
        current.stillRuns(files, container.status(here)),
        release.markHealthy(files, at),
        ...release.renewRecord(files, record),
        noteServed(path, served),
        release.tidy(
          container.forget(here),
          image.prune(own, path, prune),
          release.prune(path, prune),
          clearLeftovers(path),
        ),
      ),
    within: (files, lines, env = {}) => oneOff(here, files, lines, env),
    ask: (files, lines) => container.ask(here, files, lines),
    status: () => container.status(here),
    steady: () => container.steady(here),
    state: () => containerState(own.name),
    proof: (asked) => containerProof(own.name, { path, ...asked }),
    log: (lines) => container.log(here, lines),
  };
}

/** Files below shared/ that the container needs, beside those that canopy.yml names as shared. */
function mounted({ volumes, envFile }: Docker, shared: readonly string[]): string[] {
  const folders = shared.filter((name) => name.endsWith('/')).map((name) => name.replace(/\/+$/, ''));
  const made = (name: string): boolean =>
    folders.some((folder) => name === folder || name.startsWith(`${folder}/`)) || shared.includes(name);
  const files = envFile === null ? [] : [envFile.replace(/^shared\//, '')];
  return [...new Set([...volumes.flatMap(({ below }) => below ?? []), ...files])].filter(
    (name) => !made(name),
  );
}
