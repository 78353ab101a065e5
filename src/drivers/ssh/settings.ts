/** Reads the OpenSSH client configuration and turns an address into all that a connection needs. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { userInfo } from 'node:os';
import { parseAddress } from './address.ts';
import { parseSshConfig, type ConfigLine, type ConfigText } from './config-file.ts';
import { glob } from './glob.ts';
import { resolveHost, type Resolved } from './resolve.ts';

export interface Reader {
  readonly config: string;
  readonly home: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Gives the settings of an address; the file is read once. Throws `ssh-address` and `ssh-config-refused`. */
export function openSettings({ config, home, env }: Reader): (address: string) => Resolved {
  let lines: readonly ConfigLine[] | undefined;
  const at = { home, env, user: userInfo().username };
  return (address) => {
    lines ??= existsSync(config)
      ? parseSshConfig(readText(config), (pattern) => included(pattern, dirname(config), home))
      : [];
    return resolveHost(lines, parseAddress(address), at);
  };
}

const readText = (file: string): ConfigText => ({ file, text: readFileSync(file, 'utf8') });

/** Relative names stand beside the file itself, which for a user is ~/.ssh. A pattern that names nothing is no error. */
function included(pattern: string, folder: string, home: string): ConfigText[] {
  const [base, path] = pattern.startsWith('~/')
    ? [home, pattern.slice(2)]
    : [isAbsolute(pattern) ? '/' : folder, pattern];
  if (/[*?[]/.test(path)) return glob(path, base).map(readText);
  const file = join(base, path);
  return existsSync(file) ? [readText(file)] : [];
}
