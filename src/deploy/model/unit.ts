/** What the units of systemd say to a deploy before it touches anything. Pure. */
import { posix } from 'node:path';
import type { Hooks, Instance } from '../../config/types.ts';
import { startsNone, sudoAsks } from '../../commands/refusals.ts';
import { problem, type Problem } from '../../errors.ts';
import type { FactsByInstance, InstanceFacts, UnitFacts } from './facts.ts';

/** Why a restart would fail, or not last. */
export function unitObjections(
  instances: readonly Instance[],
  facts: FactsByInstance,
  hooks: Hooks,
): Problem[] {
  // These run before the first switch, and may bring the unit.
  const mayBring = hooks.prepare !== null || hooks.once !== null;
  return instances.flatMap(({ name, path }) => {
    const own = facts[name];
    return own?.unit ? [...unitAgainst(name, own.unit, mayBring), ...cannotStart(name, path, own)] : [];
  });
}

/** Its program comes with the release, and lies where none is started. One that runs has another view of the files. */
function cannotStart(host: string, path: string, { unit, noexec, running }: InstanceFacts): Problem[] {
  const program = unit?.programs.find((file) =>
    posix.normalize(file).startsWith(`${posix.normalize(path)}/`),
  );
  if (program === undefined || noexec === null || running) return [];
  const title = `start ${unit?.name ?? ''}`;
  return [problem('remote-permission', { host, title, detail: program, ...startsNone(noexec) })];
}

/** Of one unit. */
export function unitAgainst(host: string, unit: UnitFacts, mayBring: boolean): Problem[] {
  const { name, load, denied, noLinger } = unit;
  // Without it nothing can be asked over some connections: the other answers say no more.
  if (noLinger !== null) return [problem('linger-missing', { host, unit: name, user: noLinger })];
  const found: Problem[] = [];
  if (load !== 'loaded' && !mayBring)
    found.push(problem('unit-missing', { host, unit: name, state: load === '' ? 'nothing' : load }));
  if (denied.length > 0) {
    const detail = `sudo allows no systemctl ${denied.join(', ')} of it without a password`;
    found.push(
      problem('remote-permission', {
        host,
        title: `control ${name}`,
        detail,
        ...sudoAsks,
        what: 'permission denied',
      }),
    );
  }
  return found;
}

/** What is worth a warning: pairs of an instance and a text. */
export function unitRemarks(
  instances: readonly Instance[],
  facts: FactsByInstance,
): (readonly [string, string])[] {
  return instances.flatMap(({ name, path, env }) => {
    const unit = facts[name]?.unit;
    const file = posix.normalize(`${path}/current/.canopy/env`);
    if (!unit || unit.load !== 'loaded' || Object.keys(env).length === 0) return [];
    if (unit.environmentFiles.some((item) => posix.normalize(item) === file)) return [];
    return [[name, `${unit.name} does not read env: add EnvironmentFile=-${file} to its [Service]`] as const];
  });
}
