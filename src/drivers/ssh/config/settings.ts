/** Reads the OpenSSH client configuration and turns an address into all that a connection needs. */
import { dirname, isAbsolute, join, normalize } from 'node:path';
import { userInfo } from 'node:os';
import { fail } from '../../../errors.ts';
import { parseAddress } from './address.ts';
import { parseSshConfig, type ConfigLine, type ConfigText } from './config-file.ts';
import { glob } from './glob.ts';
import { resolveHost, type Resolved } from './resolve.ts';
import { readText } from './text-file.ts';

export interface ConfigReader {
  readonly config: string;
  readonly home: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The user where nothing says one; it is asked for when it is needed. The one who runs this by default. */
  readonly user?: string;
}

/** Gives the settings of an address; the file is read once. Throws `ssh-address`, `ssh-file`, `ssh-user` and `ssh-config-refused`. */
export function openSettings({ config, home, env, user }: ConfigReader): (address: string) => Resolved {
  let lines: readonly ConfigLine[] | undefined;
  const usual = normalize(config) === join(home, '.ssh/config');
  const include = (pattern: string): ConfigText[] => included(pattern, dirname(config), home);
  return (address) => {
    lines ??= textsOf(config, usual).flatMap((found) => parseSshConfig(found, include));
    return resolveHost(lines, parseAddress(address), {
      home,
      env,
      user: () => user ?? ownName(address, env),
    });
  };
}

/** A container may run as a user that no file knows. */
function ownName(host: string, env: ConfigReader['env']): string {
  try {
    return userInfo().username;
  } catch {
    const name = env['USER'] || env['LOGNAME'];
    if (name) return name;
    throw fail('ssh-user', { host, uid: String(process.getuid?.() ?? '') });
  }
}

function textsOf(file: string, usual: boolean): ConfigText[] {
  const text = readText(file, usual);
  return text === null ? [] : [{ file, text }];
}

/** Relative names stand beside the file itself, which for a user is ~/.ssh. A pattern that names nothing is no error. */
function included(pattern: string, folder: string, home: string): ConfigText[] {
  const [base, path] = pattern.startsWith('~/')
    ? [home, pattern.slice(2)]
    : [isAbsolute(pattern) ? '/' : folder, pattern];
  if (/[*?[]/.test(path)) return glob(path, base).flatMap((file) => textsOf(file, true));
  return textsOf(join(base, path), true);
}
