import { fail } from '../../errors.ts';
import type { HostKey, KeyScan } from '../../ports/ports.ts';
import { connect } from './connect.ts';
import { describeKey, hostKeyAlgorithms, nameOf } from './known-hosts.ts';
import type { Resolved } from './config/resolved.ts';
import { openSettings, type ConfigReader } from './config/settings.ts';

/** Asks servers for their host keys without logging in, as ssh-keyscan does; ProxyJump is not followed. */
export function openKeyScan(reader: ConfigReader, connectTimeoutMs = 10_000): KeyScan {
  // Nobody logs in: any name will do where none is said.
  const settings = openSettings({ ...reader, user: 'canopy' });
  return { scan: async (address) => scan(await settings(address), connectTimeoutMs) };
}

async function scan(
  { host, port, user, family, bindAddress }: Resolved,
  connectTimeoutMs: number,
): Promise<HostKey> {
  let blob: Buffer | null = null;
  const stop = fail('ssh-host-key-unknown', { host, fingerprint: '', files: '', scan: host });
  try {
    await connect({
      host,
      port,
      user,
      family,
      bindAddress,
      auth: { methods: [{ type: 'none', username: user }], tried: 'nothing' },
      keys: {
        algorithms: hostKeyAlgorithms([]),
        verify: (key) => {
          blob = key;
          return stop;
        },
      },
      via: null,
      connectTimeoutMs,
      keepAliveMs: 0,
      noted: () => undefined,
    });
  } catch (error) {
    // The key has been shown: that it was refused is our own doing.
    if (blob === null) throw error;
  }
  if (blob === null) throw fail('ssh-unreachable', { host, port, reason: 'it showed no host key' });
  return describe(nameOf(host, port), blob);
}

function describe(name: string, blob: Buffer): HostKey {
  const key = describeKey(blob);
  return { name, ...key, line: `${name} ${key.type} ${blob.toString('base64')}` };
}
