/** The users of this machine, as OpenSSH sees them. */
import { execFileSync } from 'node:child_process';
import { readFileSync, realpathSync } from 'node:fs';
import { userInfo } from 'node:os';

interface Account {
  readonly name: string;
  readonly home: string;
}

/** Who runs this; null: a user that no file knows, like one of a container. */
export function ownAccount(): Account | null {
  try {
    const { username, homedir } = userInfo();
    return { name: username, home: homedir };
  } catch {
    return null;
  }
}

const homes = new Map<string, string | null>();

/** Null: there is no such user. */
export function homeOfUser(name: string): string | null {
  const known = homes.get(name);
  if (known !== undefined) return known;
  const home = entryOf(name)?.split(':')[5] || null;
  homes.set(name, home);
  return home;
}

function entryOf(name: string): string | undefined {
  const of = (text: string): string | undefined =>
    text.split('\n').find((line) => line.split(':', 1)[0] === name);
  try {
    return of(
      execFileSync('getent', ['passwd', '--', name], { encoding: 'utf8', stdio: 'pipe', timeout: 10_000 }),
    );
  } catch (error) {
    // Code 2: no such user. Where there is no getent, there are only the users of the file.
    if ((error as { status?: number | null }).status === 2) return undefined;
    return of(readFileSync('/etc/passwd', 'utf8'));
  }
}

/** Whether two names stand for one folder. */
export function isSameFolder(one: string, other: string): boolean {
  const real = (path: string): string => {
    try {
      return realpathSync(path);
    } catch {
      return path.replace(/(?<=.)\/+$/, '');
    }
  };
  return real(one) === real(other);
}
