import { parseSshConfig } from '../../../src/drivers/ssh/config/config-file.ts';
import { resolveHost } from '../../../src/drivers/ssh/config/resolve.ts';
import { toResolved, type Resolved } from '../../../src/drivers/ssh/config/resolved.ts';
import { isCanopyError } from '../../../src/errors.ts';
import { parseAddress } from '../../../src/shared/url/ssh-address.ts';

const homes: Readonly<Record<string, string>> = { '': '/home/me', other: '/home/other' };
/** What our own reader makes of a configuration on a machine that is always the same. */
export const resolve = (text: string, address = 'web', files: Record<string, string> = {}): Resolved => {
  const lines = parseSshConfig({ file: 'config', text }, (pattern) =>
    pattern.includes('%')
      ? null
      : files[pattern] === undefined
        ? []
        : [{ file: pattern, text: files[pattern] }],
  );
  const parsed = parseAddress(address);
  return toResolved(
    resolveHost([lines], parsed, () => 'me'),
    parsed,
    {
      env: { SSH_AUTH_SOCK: '/run/agent', OTHER: '/run/other', EMPTY: '' },
      homeOf: (user) => homes[user] ?? null,
      user: () => 'me',
      uid: 1000,
      hostname: 'laptop.example.org',
      asked: {},
      where: (keyword) => `config: ${keyword}`,
      written: () => [],
    },
  );
};
/** The error, or `none`. */
export const problem = (text: string, address?: string, files?: Record<string, string>): string => {
  try {
    resolve(text, address, files);
  } catch (error) {
    if (isCanopyError(error)) return `${error.code}: ${error.message}`;
    throw error;
  }
  return 'none';
};
