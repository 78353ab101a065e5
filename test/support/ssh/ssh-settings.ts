import type { SshConfig } from '../../../src/config/types.ts';
import type { Sshd } from './sshd.ts';

/** The settings that reach servers of startSshd. */
export const sshSettings = (sshd: Sshd, more: Partial<SshConfig> = {}): SshConfig => ({
  knownHosts: [],
  hostKeys: [sshd.knownHostsLine],
  acceptNew: false,
  key: sshd.keyFile,
  config: '/dev/null',
  connectTimeoutMs: 10_000,
  keepAliveMs: 15_000,
  concurrency: 20,
  ...more,
});
