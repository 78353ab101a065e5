/** What another tool, or somebody by hand, has left at the path: what is said of it, and what stands against a deploy. Pure. */
import { quote } from '../../commands/core/shell.ts';
import type { Instance } from '../../config/types.ts';
import { problem, type Problem } from '../../errors.ts';
import type { FactsByInstance, InstanceFacts } from '../model/facts.ts';
import type { Plan } from '../model/plan.ts';
import type { Odd } from '../model/site.ts';

/** What our scripts do not expect there, each with the command that mends it. */
export function layoutObjections(
  instances: readonly Pick<Instance, 'name' | 'path'>[],
  facts: FactsByInstance,
  { release, size }: { readonly release: string; readonly size: unknown },
): Problem[] {
  return instances.flatMap(({ name: host, path }) => {
    const own = facts[host];
    if (!own) return [];
    // Nothing is put there by a rollback.
    const inTheWay = size === null ? [] : taken(own, path, release);
    return [...own.odd.map((odd) => against(odd, path, own.link)), ...inTheWay].map(({ what, mend }) =>
      problem('host-layout', { host, what, mend }),
    );
  });
}

/** The same in one line, for who only looks; null: all is as it should be. */
export const layoutOf = ({ path }: Pick<Instance, 'path'>, { odd, link }: InstanceFacts): string | null =>
  odd.map((one) => against(one, path, link).what).join('; ') || null;

interface Mended {
  readonly what: string;
  readonly mend: string;
}

function against({ what, name }: Odd, path: string, link: string): Mended {
  const file = name === '' ? path : `${path}/${name}`;
  if (name === 'current') return ofCurrent(what, path, link);
  const is = what === 'dangling' ? 'leads to what does not exist' : `is ${nouns[what] ?? 'something else'}`;
  const wanted = name.startsWith('.canopy/') && name !== '.canopy/links' ? 'a file' : 'a folder';
  const aside = `mv -T ${quote(file)} ${quote(`${file}.before`)}`;
  return {
    what: `${file} ${is}, where ${wanted} is expected`,
    mend: name === '' ? `${aside} && mkdir ${quote(path)}` : aside,
  };
}

const nouns: Readonly<Record<string, string>> = {
  folder: 'a folder',
  file: 'a file',
  link: 'a link',
  other: 'neither a file nor a folder',
};

function ofCurrent(what: string, path: string, link: string): Mended {
  const current = quote(`${path}/current`);
  switch (what) {
    case 'folder': {
      const moved = quote(`${path}/releases/by-hand`);
      return {
        what: `${path}/current is a folder, where a link to a release is expected`,
        mend: `mkdir -p ${quote(`${path}/releases`)} && mv -T ${current} ${moved} && ln -s releases/by-hand ${current}`,
      };
    }
    case 'dangling':
      return {
        what: `${path}/current leads to ${link}, which does not exist`,
        mend: `rm ${current}`,
      };
    case 'serving':
      return {
        what: `the service runs, and there is no ${path}/current that tells from where: it could not be gone back to`,
        mend: `ln -s . ${current} when its files lie in ${path} itself, else ln -s FOLDER ${current}; or stop it first`,
      };
    default:
      return {
        what: `${path}/current is ${nouns[what] ?? 'something else'}, where a link to a release is expected`,
        mend: `mv -T ${current} ${quote(`${path}/current.before`)}`,
      };
  }
}

/** The name of the release is taken by what Canopy has not put there: it would be deleted, or gone back to. */
function taken({ current, foreign, others, link }: InstanceFacts, path: string, release: string): Mended[] {
  const isServed = current === release;
  const isBelow = others.includes(release);
  if (!isBelow && !foreign.some(({ id }) => id === release)) return [];
  const place = isBelow ? `releases/${release}` : isServed ? link : `.canopy/links/${release}`;
  const before = quote(`${place}.before`);
  const aside = `cd ${quote(path)} && mv -T ${quote(place)} ${before}`;
  return [
    {
      what: `${place.startsWith('/') ? place : `${path}/${place}`} has the name of the release, and Canopy did not put it there`,
      mend: isServed ? `${aside} && ln -sfn ${before} current` : aside,
    },
  ];
}

/** What is said of instances that serve what Canopy did not deploy, when something is to be done to them. */
export const foreignRemarks = (plan: Plan, facts: FactsByInstance): string[] =>
  [...plan.tracks.map(({ instance }) => instance), ...plan.retire].flatMap((name) => {
    const own = facts[name];
    return own ? remarkOf(name, { ...own, foreign: own.foreign.map(({ id }) => id) }) : [];
  });

/** One line, or none. */
export function remarkOf(
  name: string,
  own: { readonly current: string | null; readonly running: boolean; readonly foreign: readonly string[] },
): string[] {
  const { current, running, foreign } = own;
  if (current === null || !foreign.includes(current)) return [];
  const by = `${current}, which Canopy did not deploy`;
  return [
    running
      ? `${name} serves ${by}: it is kept and goes back on failure`
      : `${name} has ${by} and which does not run: it is kept, and current leads there again on failure`,
  ];
}
