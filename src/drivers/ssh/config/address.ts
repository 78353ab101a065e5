import { fail } from '../../../errors.ts';

export interface SshAddress {
  /** Null: as ~/.ssh/config or the login name says. */
  readonly user: string | null;
  /** A name, an IP address or an alias of ~/.ssh/config. */
  readonly host: string;
  /** Null: as ~/.ssh/config says, else 22. */
  readonly port: number | null;
}

/** `user@host:port`, `[::1]:22`, `host` or an alias; throws `ssh-address`. Nothing that a program could take for an option gets through. */
export function parseAddress(text: string): SshAddress {
  const match = /^(?:([^@]+)@)?(?:\[([0-9A-Fa-f:.]+(?:%[\w.-]+)?)\]|([^:@[\]]+))(?::(\d{1,5}))?$/.exec(text);
  const bare = /^(?:([^@]+)@)?([0-9A-Fa-f]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*)$/.exec(text);
  const user = match?.[1] ?? bare?.[1] ?? null;
  const host = match?.[2] ?? match?.[3] ?? bare?.[2] ?? '';
  const port = match?.[4] === undefined ? null : Number(match[4]);
  if (!isName(host, /^[A-Za-z0-9_.:%-]+$/) || (user !== null && !isName(user, /^[A-Za-z0-9_.\\$+-]+$/)))
    throw fail('ssh-address', { host: printable(text) });
  if (port !== null && (port < 1 || port > 65_535)) throw fail('ssh-address', { host: printable(text) });
  return { user, host, port };
}

const isName = (name: string, allowed: RegExp): boolean => allowed.test(name) && !name.startsWith('-');

const printable = (text: string): string => text.replace(/[\u0000-\u001f\u007f-\u009f]/g, '?').slice(0, 200);
