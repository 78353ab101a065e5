/** A server and a canopy.yml for the start-up bench: `production` with one instance, `empty` with none, a flag. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSshd } from '../../test/support/ssh/sshd.ts';
import { configOf } from '../../test/support/worlds/world-files.ts';

export interface StartupWorld {
  readonly folder: string;
  stop(): Promise<void>;
}

export async function startupWorld(store: string): Promise<StartupWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'canopy-bench-'));
  const sshd = await startSshd({ folder: join(folder, 'sshd') });
  const knownHosts = join(folder, 'known_hosts');
  writeFileSync(knownHosts, `${sshd.knownHostsLine}\n`);
  const text = configOf({
    sshd,
    ports: [1],
    path: () => join(folder, 'srv/shop'),
    knownHosts,
    traffic: '',
    extra: '',
    rollout: '',
    each: () => '',
    service: '',
  });
  writeFileSync(
    join(folder, 'canopy.yml'),
    text
      .replace('environments:\n', 'environments:\n  empty: { instances: [] }\n')
      .replace('${env:CANOPY_STORE}', store)
      .replace('${env:CANOPY_SSH_KEY_FILE:-}', sshd.keyFile),
  );
  return {
    folder,
    stop: async () => {
      await sshd.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
