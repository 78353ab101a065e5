/** SSH: one connection a host, many channels. */
import type { Client } from 'ssh2';
import type { SshConfig } from '../../config/types.ts';
import { fail } from '../../errors.ts';
import type { Log, Ssh } from '../../ports/ports.ts';
import type { Secret } from '../../shared/secret.ts';
import { semaphore } from '../machine/semaphore.ts';
import { waysIn } from './auth.ts';
import { connect } from './connect.ts';
import { hostKeysOf, type HostKeyOptions } from './host-keys.ts';
import { sshHost, type SshConnection } from './host.ts';
import type { Resolved } from './config/resolved.ts';
import { openSettings } from './config/settings.ts';

interface SshExtra {
  readonly passphrase: Secret | null;
  readonly log: Log;
  readonly home: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * Commands at once on one connection: half of sshd's MaxSessions, 10 by default. A busy sshd reads our close of a session and our
 * next ones in one go, and frees the closed ones only then: for a moment it counts both.
 */
const sessions = 5;
/** Machines on the way to one host. */
const mostJumps = 8;

/** `host()` connects once a machine and user, also when it is called many times at once; a lost connection is opened anew at the next use. */
export function openSsh(config: SshConfig, extra: SshExtra): Ssh {
  const { log, home, env } = extra;
  const settings = openSettings({ config: config.config, home, env });
  const opening = semaphore(config.concurrency);
  const lines = new Map<string, Promise<SshConnection>>();
  const clients = new Set<Client>();
  const told = new Set<string>();
  let closed = false;

  const once = (text: string, tell: (text: string) => void): void => {
    if (!told.has(text)) tell(text);
    told.add(text);
  };
  const say = (found: Resolved): void => {
    for (const text of found.warnings) once(text, (line) => log.warn(line));
  };

  /** Whoever goes in a circle would wait for itself; only the first machine on a way has a way of its own. */
  async function refuseCircle({ host, port, jumps }: Resolved): Promise<void> {
    const reason = 'ProxyJump goes in a circle';
    for (let [next, left] = [jumps[0], mostJumps]; next !== undefined; left -= 1) {
      if (left === 0) throw fail('ssh-unreachable', { host, port, reason });
      next = (await settings(next)).jumps[0];
    }
  }

  /** The connection to a machine, through others when it says so. `through`: those already gone through. */
  async function lineTo(address: string, through: Hop | null): Promise<SshConnection> {
    const found = await settings(address);
    say(found);
    const hops = through === null ? found.jumps : [];
    if (hops.length > 0) await refuseCircle(found);
    const way = [...(through ? [through.name] : hops), `${found.user}@${found.host}:${found.port}`].join(
      ' > ',
    );
    const known = lines.get(way);
    if (known) return known;
    const made = dial(found, hops, through).then((client) => {
      const retire = (): void => {
        if (lines.get(way) === made) lines.delete(way);
      };
      client.once('close', () => {
        clients.delete(client);
        retire();
      });
      return { client, user: found.user, session: semaphore(sessions), retire };
    });
    lines.set(way, made);
    made.catch(() => lines.delete(way)); // Whoever waits for it hears the error; the next one tries anew.
    return made;
  }

  async function dial(found: Resolved, hops: readonly string[], through: Hop | null): Promise<Client> {
    let via = through;
    for (const [index, hop] of hops.entries()) {
      // Only the first hop may have a way of its own; the others are reached through the one before.
      const line = await lineTo(hop, index === 0 ? null : via);
      via = { client: line.client, host: hop, name: [via?.name, hop].filter(Boolean).join(' > ') };
    }
    const noted = (text: string): void => once(text, (line) => log.debug(line));
    const auth = await waysIn({
      user: found.user,
      key: config.key,
      identityFiles: found.identityFiles,
      certificateFiles: found.certificateFiles,
      identitiesOnly: found.identitiesOnly,
      agent: found.agent,
      passphrase: extra.passphrase,
      home,
      noted,
    });
    const named = found.hostKeyAlias ?? found.host;
    const keys = hostKeysOf(named, found.hostKeyAlias === null ? found.port : 22, {
      ...knownHostsOf(config, found, home),
      hostKeys: config.hostKeys,
      acceptNew: config.acceptNew,
      noted: (text) => log.warn(text),
    });
    const { host, port, user, family, bindAddress } = found;
    const { connectTimeoutMs, keepAliveMs } = config;
    const client = await opening(() =>
      connect({
        ...{ host, port, user, family, bindAddress, auth, keys, via },
        connectTimeoutMs,
        keepAliveMs,
        noted,
      }),
    );
    clients.add(client);
    if (closed) client.end();
    return client;
  }

  return {
    host: async (address) => {
      const line = (): Promise<SshConnection> => lineTo(address.host, null);
      await line();
      return sshHost(address.name, line, log);
    },
    close: async () => {
      closed = true;
      await Promise.all([...clients].map(ended));
    },
  };
}

interface Hop {
  readonly client: Client;
  readonly host: string;
  readonly name: string;
}

/** UserKnownHostsFile and the files of the whole machine count while canopy.yml names no file of its own. */
function knownHostsOf(
  config: SshConfig,
  found: Resolved,
  home: string,
): Pick<HostKeyOptions, 'files' | 'usual' | 'machine'> {
  const usual = config.knownHosts.length === 1 && config.knownHosts[0] === `${home}/.ssh/known_hosts`;
  if (!usual) return { files: config.knownHosts, usual, machine: [] };
  const machine = found.globalKnownHosts;
  return found.knownHosts === null
    ? { files: config.knownHosts, usual, machine }
    : { files: found.knownHosts, usual: false, machine };
}

/** Says goodbye, and cuts the line when that is not heard. */
function ended(client: Client): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      client.destroy();
      resolve();
    }, 1000);
    client.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
    client.end();
  });
}
