/** A real sshd, this machine, and one instance whose hooks are run. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { envFile } from '../../../src/commands/release/release-folder.ts';
import { readConfig } from '../../../src/config/index.ts';
import type { Environment, Hook, Instance } from '../../../src/config/types.ts';
import type { DeployRun } from '../../../src/deploy/context/deploy-context.ts';
import type { ActionKind } from '../../../src/deploy/model/actions.ts';
import { hook } from '../../../src/deploy/hooks/hook.ts';
import { DeployProgress } from '../../../src/deploy/model/progress.ts';
import { openExec } from '../../../src/drivers/exec/exec.ts';
import { recordingExec, recordingSsh } from '../../../src/drivers/recording.ts';
import { openSsh } from '../../../src/drivers/ssh/index.ts';
import type { Lease } from '../../../src/lock/index.ts';
import type { Ssh } from '../../../src/ports/ports.ts';
import { fakeClock } from '../../fakes/clock.ts';
import { fakeStore } from '../../fakes/store.ts';
import { bearers } from '../../support/bearers.ts';
import { needs } from '../../support/needs.ts';
import { quietLog } from '../../support/quiet-log.ts';
import { sshSettings } from '../../support/ssh/ssh-settings.ts';
import { startSshd, type Sshd } from '../../support/ssh/sshd.ts';
import { tempFolder } from '../../support/temp.ts';
import { recorder } from '../../support/recorder.ts';

export const release = '20261121093000-1a2b3c4-9f8e7d';
export const nasty = `it's "down"\n$(touch pwned) \`touch pwned\` \\n %s ü ; touch pwned`;
/** Why the instance failed, as its failure hook hears it. */
export const reason = `web-1: gate failed: ${nasty}`;

const environment = (path: string) => ({
  path,
  service: { start: './run', stop: './stop', status: './status' },
  health: { path: '/health' },
  instances: [{ name: 'web-1', host: 'web-1', url: 'http://web-1:3000' }],
});

const none = async (): Promise<never> => {
  throw new TypeError('a hook needs no such thing');
};
const clock = fakeClock();
const notUsed = {
  ...{ ssh: none, local: none, http: none, archive: none },
  ...{ balancer: null, probe: null, sha256: null, answered: {}, healthy: new Map<string, never>() },
  masked: (text: string) => text,
  random: { hex: () => '0' },
  signal: new AbortController().signal,
  sound: Promise.resolve(),
};
const leaseOf = (token: number): Lease => ({
  token,
  raise: async () => token,
  lost: new AbortController().signal,
  release: async () => undefined,
});

/** Call it inside `describe`. After each test nothing of a hook may run any more. */
export function hookGround() {
  before(needs('sshd', 'ssh-keygen', 'setsid', 'flock'));
  const temp = tempFolder();
  const log = quietLog();
  let sshd: Sshd;
  let ssh: Ssh;
  before(async () => {
    sshd = await startSshd({ folder: join(temp(), 'sshd') });
    ssh = openSsh(sshSettings(sshd), { passphrase: null, log, home: temp(), env: {} });
  });
  after(() => ssh?.close());
  after(() => sshd?.stop());

  let count = 0;
  let path = '';
  let folder = '';
  beforeEach(() => {
    path = join(temp(), `it's srv ${(count += 1)}`);
    folder = join(temp(), `job ${count}`);
    mkdirSync(folder);
    mkdirSync(join(path, 'releases', release, '.canopy'), { recursive: true });
    writeFileSync(join(path, 'releases', release, '.canopy/env'), envFile({ PORT: '8080', QUOTED: `a'"$b` }));
    log.lines.length = 0;
  });
  afterEach(() => {
    for (const kind of ['prepare', 'once', 'after', 'failure'])
      expect(bearers(markOf(kind))).to.deep.equal([]);
  });
  // Others run hooks at the same time.
  const deployId = (): string => `d${process.pid}-${count}`;
  const markOf = (kind: string): string => `CANOPY_HOOK_ID=${deployId()}.7.${kind}.web-1`;

  const deployRun = async (dry = false): Promise<DeployRun> => {
    const address = { name: 'web-1', host: `${sshd.user}@${sshd.host}:${sshd.port}` };
    const real = openExec({
      env: { ...process.env, CANOPY_STORE: 'redis://:secret@h', TWILIO_TOKEN: 'secret', BOUND: 'secret' },
      hide: ['BOUND'],
    });
    const exec = dry ? recordingExec(real, recorder(log)) : real;
    const text = JSON.stringify({ app: 'shop', environments: { production: environment(path) } });
    const { config } = readConfig(text, join(folder, 'canopy.yml'), { HOME: temp() });
    const hosts = new Map([['web-1', await (dry ? recordingSsh(ssh, recorder(log)) : ssh).host(address)]]);
    const failed = { kind: 'gate', instance: 'web-1', release, result: 'failed', reason: nasty } as const;
    return {
      ...notUsed,
      config,
      environment: config.environments['production'] as Environment,
      instances: [],
      action: 'deploy',
      clock,
      timer: clock,
      store: fakeStore(clock),
      exec: async () => exec,
      log,
      lease: leaseOf(7),
      shipped: { app: 'shop', release, commit: '1a2b3c4d', version: '1', actor: 'me', archive: null },
      fleet: { hosts, facts: {} },
      plan: {
        environment: 'production',
        release,
        strategy: 'rolling',
        tracks: [{ instance: 'web-1', previous: 'r0', send: true, warm: false, prune: [] }],
        unchanged: [],
        batches: [['web-1']],
        retire: [],
        hooks: { prepare: true, once: true, after: true, failure: true },
        balanced: false,
        maxFailures: 0,
        onFailure: 'revert',
      },
      progress: new DeployProgress([failed]),
      deploy: deployId(),
      startedAt: 0,
    };
  };
  const run = async (
    kind: ActionKind,
    lines: string,
    over: Partial<Hook> & { readonly dry?: boolean; readonly token?: number } = {},
  ): Promise<void> => {
    const { dry, token = 7, ...more } = over;
    const deploy = { ...(await deployRun(dry)), lease: leaseOf(token) };
    const instance = { name: 'web-1', path, host: null } as Instance;
    const given: Hook = { run: [lines], on: 'instance', timeoutMs: 60_000, ...more };
    await hook(deploy, instance, { kind, instance: 'web-1', release }, given);
  };
  const here = (name: string): string => join(path, 'releases', release, name);
  const journal = (): string[] =>
    existsSync(join(path, '.canopy/journal'))
      ? [...read(join(path, '.canopy/journal')).matchAll(/"action":"(\w+)".*"state":"(\w+)"/g)].map(
          ([, action, state]) => `${action} ${state}`,
        )
      : [];
  const all = (kind: string): string =>
    [
      'ACTION=deploy',
      'APP=shop',
      'COMMIT=1a2b3c4d',
      'ENVIRONMENT=production',
      `HOOK=${kind}`,
      `HOOK_ID=${deployId()}.7.${kind}.web-1`,
      'INSTANCE=web-1',
      'PREVIOUS=r0',
      `RELEASE=${release}`,
    ]
      .map((line) => `CANOPY_${line}\n`)
      .join('');
  return {
    log,
    run,
    deployRun,
    here,
    journal,
    markOf,
    all,
    id: deployId,
    /** Cuts the connection; nothing can be run after it. */
    disconnect: () => ssh.close(),
    path: () => path,
    folder: () => folder,
  };
}

export const read = (file: string): string => readFileSync(file, 'utf8');
export const variables =
  'env | grep ^CANOPY_ | sort | grep -v ^CANOPY_REASON > seen; printf %s "${CANOPY_REASON-none}" > reason';
