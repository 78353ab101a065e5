/** Where a server is reached by SSH, as people write it. Pure. */
import { fail } from '../../errors/common.ts';

export interface SshAddress {
  /** Null: as ~/.ssh/config or the login name says. */
  readonly user: string | null;
  /** A name, an IP address or an alias of ~/.ssh/config. */
  readonly host: string;
  /** Null: as ~/.ssh/config says, else 22. */
  readonly port: number | null;
}

/**
 * `user@host:port`, `[::1]:22`, `host`, an alias, or `ssh://user@host:port`. The last `@` ends the user, who may have one (`me@corp@host`).
 * Null for anything else. Nothing that a program could take for an option gets through.
 */
export function readAddress(text: string): SshAddress | null {
  const [, bare = text] = /^ssh:\/\/([^/]*)\/?$/i.exec(text) ?? [];
  const at = bare.lastIndexOf('@');
  const user = at === -1 ? null : bare.slice(0, at);
  const { host, port } = splitPlace(bare.slice(at + 1));
  const isPort = port === null || (port >= 1 && port <= 65_535);
  return hostForm.test(host) && (user === null || userForm.test(user)) && isPort
    ? { user, host, port }
    : null;
}

const hostForm = /^[A-Za-z0-9_.:%][A-Za-z0-9_.:%-]*$/;
const userForm = /^[A-Za-z0-9_.\\$+]([A-Za-z0-9_.\\$+@-]*[A-Za-z0-9_.\\$+-])?$/;
/** `[::1]`, `[::1]:22`, `host`, `host:22`. */
const placeForm = /^(?:\[([0-9A-Fa-f:.]+(?:%[\w.-]+)?)\]|([^:@[\]]+))(?::(\d{1,5}))?$/;
const bareIpv6 = /^[0-9A-Fa-f]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(?:%[\w.-]+)?$/;

/** An empty host for anything else. */
function splitPlace(place: string): Pick<SshAddress, 'host' | 'port'> {
  const match = placeForm.exec(place);
  if (match === null) return { host: bareIpv6.test(place) ? place : '', port: null };
  const [, ipv6, name = '', digits] = match;
  return { host: ipv6 ?? name, port: digits === undefined ? null : Number(digits) };
}

/** The same; throws `ssh-address`. */
export function parseAddress(text: string): SshAddress {
  const found = readAddress(text);
  if (found === null) throw fail('ssh-address', { host: printable(text) });
  return found;
}

/** One text for all ways to write a server, whoever logs in there: letters, the dot at the end, port 22, `ssh://`. */
export function serverKey(text: string): string {
  const { host, port } = readAddress(text) ?? { host: text, port: null };
  return `${host.toLowerCase().replace(/\.$/, '')} ${port ?? 22}`;
}

const printable = (text: string): string => text.replace(/[\u0000-\u001f\u007f-\u009f]/g, '?').slice(0, 200);
