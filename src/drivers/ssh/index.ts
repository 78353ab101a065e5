/** SSH: one connection a host, many channels. */
import type { Client } from 'ssh2';
import type { SshConfig } from '../../config/types.ts';
import { fail } from '../../errors.ts';
import type { Log, Ssh } from '../../ports/ports.ts';
import type { Secret } from '../../shared/secret.ts';
import { semaphore } from '../machine/semaphore.ts';
import { waysIn } from './keys/auth.ts';
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
  const connections = new SshConnections(config, extra);
  return {
    host: async (address) => {
      const line = (): Promise<SshConnection> => connections.to(address.host);
      await line();
      return sshHost(address.name, line, extra.log);
    },
    close: () => connections.close(),
  };
}

class SshConnections {
  readonly #config: SshConfig;
  readonly #extra: SshExtra;
  readonly #settings: (address: string) => Promise<Resolved>;
  readonly #opening: ReturnType<typeof semaphore>;
  /** By the way to the machine: through which others, as whom, and where. */
  readonly #lines = new Map<string, Promise<SshConnection>>();
  readonly #clients = new Set<Client>();
  readonly #said = new Set<string>();
  #closed = false;

  constructor(config: SshConfig, extra: SshExtra) {
    const { home, env } = extra;
    this.#config = config;
    this.#extra = extra;
    this.#settings = openSettings({ config: config.config, home, env });
    this.#opening = semaphore(config.concurrency);
  }

  /** The connection to a machine, through others when it says so. `through`: those already gone through. */
  async to(address: string, through: Hop | null = null): Promise<SshConnection> {
    const found = await this.#settings(address);
    for (const text of found.warnings) this.#once(text, 'warn');
    const hops = through === null ? found.jumps : [];
    if (hops.length > 0) await this.#refuseCircle(found);
    const last = `${found.user}@${found.host}:${found.port}`;
    const way = [...(through ? [through.name] : hops), last].join(' > ');
    const known = this.#lines.get(way);
    if (known) return known;
    const made = this.#dial(found, hops, through).then((client) => {
      const retire = (): void => {
        if (this.#lines.get(way) === made) this.#lines.delete(way);
      };
      client.once('close', () => {
        this.#clients.delete(client);
        retire();
      });
      return { client, user: found.user, session: semaphore(sessions), retire };
    });
    this.#lines.set(way, made);
    made.catch(() => this.#lines.delete(way)); // Whoever waits for it hears the error; the next one tries anew.
    return made;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#clients].map(ended));
  }

  /** Whoever goes in a circle would wait for itself; only the first machine on a way has a way of its own. */
  async #refuseCircle({ host, port, jumps }: Resolved): Promise<void> {
    const reason = 'ProxyJump goes in a circle';
    for (let [next, left] = [jumps[0], mostJumps]; next !== undefined; left -= 1) {
      if (left === 0) throw fail('ssh-unreachable', { host, port, reason });
      next = (await this.#settings(next)).jumps[0];
    }
  }

  async #dial(found: Resolved, hops: readonly string[], through: Hop | null): Promise<Client> {
    const { connectTimeoutMs, keepAliveMs } = this.#config;
    const via = await this.#through(hops, through);
    const noted = (text: string): void => this.#once(text, 'debug');
    const auth = await this.#waysIn(found, noted);
    const keys = this.#keysOf(found);
    const { host, port, user, family, bindAddress } = found;
    const client = await this.#opening(() =>
      connect({
        ...{ host, port, user, family, bindAddress, auth, keys, via },
        ...{ connectTimeoutMs, keepAliveMs, noted },
      }),
    );
    this.#clients.add(client);
    if (this.#closed) client.end();
    return client;
  }

  async #through(hops: readonly string[], first: Hop | null): Promise<Hop | null> {
    let via = first;
    for (const [index, hop] of hops.entries()) {
      // Only the first hop may have a way of its own; the others are reached through the one before.
      const line = await this.to(hop, index === 0 ? null : via);
      via = { client: line.client, host: hop, name: [via?.name, hop].filter(Boolean).join(' > ') };
    }
    return via;
  }

  #waysIn(found: Resolved, noted: (text: string) => void): ReturnType<typeof waysIn> {
    const { user, identityFiles, certificateFiles, identitiesOnly, agent } = found;
    const { passphrase, home } = this.#extra;
    return waysIn({
      ...{ user, identityFiles, certificateFiles, identitiesOnly, agent },
      ...{ key: this.#config.key, passphrase, home, noted },
    });
  }

  #keysOf(found: Resolved): ReturnType<typeof hostKeysOf> {
    const { hostKeys, acceptNew } = this.#config;
    const { home, log } = this.#extra;
    // A name that stands for others has no port.
    const port = found.hostKeyAlias === null ? found.port : 22;
    return hostKeysOf(found.hostKeyAlias ?? found.host, port, {
      ...knownHostsOf(this.#config, found, home),
      ...{ hostKeys, acceptNew, noted: (text) => log.warn(text) },
    });
  }

  #once(text: string, level: 'warn' | 'debug'): void {
    if (!this.#said.has(text)) this.#extra.log[level](text);
    this.#said.add(text);
  }
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
