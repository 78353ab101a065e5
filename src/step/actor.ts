import { hostname, userInfo } from 'node:os';
import { plainLine } from '../shared/text/line.ts';
import type { RunActor } from './declare/kit.ts';

/** As long as the name of a person may be. */
const longest = 200;

/** The first of them that names somebody: who approved it, who pressed the button (the second by a plugin of Jenkins). */
const people = ['CANOPY_ACTOR', 'CANOPY_STARTED_BY', 'BUILD_USER_ID'];

/** Who runs this: the person that Jenkins names, the Jenkins build, else the user on this machine. */
export function actorOf(env: Readonly<Record<string, string | undefined>>): RunActor {
  const build = buildOf(env);
  // No secret: node:crypto would cost every start 2 ms.
  const unlike = Math.random().toString(36).slice(2, 10);
  const person = people.map((name) => plainLine(env[name] ?? '', longest).trim()).find(Boolean);
  return {
    name: person || build.name || `${userName(env)}@${hostname()}`,
    url: env['BUILD_URL'] ?? '',
    run: build.isOne ? build.name : `${hostname()}, process ${process.pid}, ${unlike}`,
  };
}

/** Empty where there is none. A job without its number names no build: then it is the process that tells runs apart. */
function buildOf(env: Readonly<Record<string, string | undefined>>): { name: string; isOne: boolean } {
  const { BUILD_TAG: tag, JOB_NAME: job, BUILD_NUMBER: number } = env;
  if (tag) return { name: tag, isOne: true };
  return job ? { name: `${job} #${number ?? '?'}`, isOne: Boolean(number) } : { name: '', isOne: false };
}

function userName(env: Readonly<Record<string, string | undefined>>): string {
  try {
    return userInfo().username;
  } catch {
    // A container may run as a user that no file knows.
    return env['USER'] ?? `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}
