import { hostname, userInfo } from 'node:os';
import { plainLine } from '../shared/text/line.ts';
import type { RunActor } from './declare/kit.ts';

/** As long as the name of a person may be. */
const longest = 200;

/** The first of them that names somebody: who approved it, who pressed the button (the second by a plugin of Jenkins). */
const people = ['CANOPY_ACTOR', 'CANOPY_STARTED_BY', 'BUILD_USER_ID'];

/** Who runs this: the person that Jenkins names, the Jenkins build, else the user on this machine. */
export function actorOf(env: Readonly<Record<string, string | undefined>>): RunActor {
  const url = env['BUILD_URL'] ?? '';
  const [job, number] = [env['JOB_NAME'], env['BUILD_NUMBER']];
  const build = env['BUILD_TAG'] || (job ? `${job} #${number ?? '?'}` : null);
  // A job without its number names no build: then it is the process that tells runs apart.
  const whole = Boolean(env['BUILD_TAG'] || (job && number));
  // No secret: node:crypto would cost every start 2 ms.
  const unlike = Math.random().toString(36).slice(2, 10);
  const run = build && whole ? build : `${hostname()}, process ${process.pid}, ${unlike}`;
  const person = people.map((name) => plainLine(env[name] ?? '', longest).trim()).find(Boolean);
  return {
    name: person || build || `${userName(env)}@${hostname()}`,
    url,
    run,
  };
}

function userName(env: Readonly<Record<string, string | undefined>>): string {
  try {
    return userInfo().username;
  } catch {
    // A container may run as a user that no file knows.
    return env['USER'] ?? `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}
