import { hostname, userInfo } from 'node:os';
import type { Actor } from './kit.ts';

/** Who runs this: the Jenkins build when there is one, else the user on this machine. */
export function actorOf(env: Readonly<Record<string, string | undefined>>): Actor {
  const url = env['BUILD_URL'] ?? '';
  const build =
    env['BUILD_TAG'] ?? (env['JOB_NAME'] ? `${env['JOB_NAME']} #${env['BUILD_NUMBER'] ?? '?'}` : null);
  return build ? { name: build, url } : { name: `${userName(env)}@${hostname()}`, url };
}

function userName(env: Readonly<Record<string, string | undefined>>): string {
  try {
    return userInfo().username;
  } catch {
    // A container may run as a user that no file knows.
    return env['USER'] ?? `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}
