/** Opens the drivers, each when it is first asked for: the one file that imports them, lazily. A dry run gets the recording ones. */
import type { Config } from '../config/types.ts';
import type * as Recording from '../drivers/recording.ts';
import type { Opener } from '../opener.ts';
import type { Log, Messenger, Store } from '../ports/ports.ts';
import type { Secret } from '../shared/secret.ts';
import { withTimeout } from '../shared/time.ts';
import { messageOf } from '../shared/text/thrown.ts';
import { realClock } from '../drivers/clock.ts';
import { realRandom } from '../drivers/random.ts';
import { holders } from './redact/environment-secrets.ts';
import type { RecordedChange } from './dry-run.ts';
import type { Redactor } from './redact/redact.ts';
import { redactedStore } from './redact/redacted-store.ts';
import { once } from './once.ts';

/** A port that does not close must not keep the result back. */
const closeWithinMs = 5000;

interface OpenOptions {
  readonly dryRun: boolean;
  /** A service opens its store also while it is away: its calls fail until it is there. */
  readonly patient: boolean;
  readonly config: () => Promise<Config>;
  readonly log: Log;
  readonly mask: Redactor;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly secret: (name: string) => Secret | null;
  /** Variables that a user's command must not see. */
  readonly hide: readonly string[];
}

interface OpenedPorts extends Opener {
  /** What a dry run has left out, in its order. */
  readonly recorded: readonly RecordedChange[];
  /** Closes what was opened; safe to call when nothing was. */
  close(): Promise<void>;
}

export async function openPorts(options: OpenOptions): Promise<OpenedPorts> {
  const { log, config, env, cwd } = options;
  const opened: { close(): Promise<void> }[] = [];
  const keep = keeperIn(opened);
  const recorded: RecordedChange[] = [];
  const note = noteInto(recorded, log);
  const home = env['HOME'] ?? '/';
  const recording = options.dryRun ? await import('../drivers/recording.ts') : null;
  const dry = <T>(real: T, by: (drivers: typeof Recording) => (real: T, note: Recording.Recorder) => T): T =>
    recording ? by(recording)(real, note) : real;
  return {
    clock: recording ? recording.virtualClock(Date.now()) : realClock,
    timer: realClock,
    random: realRandom,
    balancer: (real) => (recording ? recording.recordingBalancer(real(), note) : real()),
    store: once(async () => {
      const real = redactedStore(keep(await openStore(options)), options.mask);
      return dry(real, ({ recordingStore }) => recordingStore);
    }),
    ssh: once(async () => {
      const { openSsh } = await import('../drivers/ssh/index.ts');
      const passphrase = options.secret('CANOPY_SSH_PASSPHRASE');
      const real = keep(openSsh((await config()).ssh, { passphrase, log, home, env }));
      return dry(real, ({ recordingSsh }) => recordingSsh);
    }),
    local: once(async () => {
      const { openLocal } = await import('../drivers/machine/local.ts');
      return dry(keep(openLocal(env, log)), ({ recordingSsh }) => recordingSsh);
    }),
    keyScan: once(async () =>
      (await import('../drivers/ssh/scan.ts')).openKeyScan({ config: `${home}/.ssh/config`, home, env }),
    ),
    files: once(async () => {
      const { openFiles } = await import('../drivers/files.ts');
      return dry(openFiles(cwd), ({ recordingFiles }) => recordingFiles);
    }),
    exec: once(async () => {
      const { openExec } = await import('../drivers/exec/exec.ts');
      await config();
      const real = openExec({ env, hide: [...options.hide, ...holders(env, options.mask)] });
      return dry(real, ({ recordingExec }) => recordingExec);
    }),
    git: once(async () => (await import('../drivers/git.ts')).openGit(cwd)),
    http: once(async () => {
      const { openHttp } = await import('../drivers/http.ts');
      return dry(keep(openHttp()), ({ recordingHttp }) => recordingHttp);
    }),
    archive: once(async () => {
      const real = (await import('../drivers/archive/archive.ts')).openArchive();
      return dry(real, ({ recordingArchive }) => recordingArchive);
    }),
    messenger: (by) => messengerBy(by, options, (real) => dry(real, ({ recordingMessenger: made }) => made)),
    masked: options.mask,
    redis: async (at, onLost) => (await import('../drivers/redis/server.ts')).openRedisServer(at, onLost),
    recorded,
    close: () => closeAll(opened.splice(0).reverse(), log),
  };
}

const keeperIn =
  (opened: { close(): Promise<void> }[]) =>
  <T extends { close(): Promise<void> }>(port: T): T => {
    opened.push(port);
    return port;
  };

const noteInto =
  (recorded: RecordedChange[], log: Log): Recording.Recorder =>
  (what, where, command = '') => {
    recorded.push({ where, what });
    log.debug(`would ${what}${command === '' ? '' : `\n${command}`.replaceAll('\n', '\n  ')}`, where);
  };

async function messengerBy(
  by: string,
  { config }: OpenOptions,
  perhapsDry: (real: Messenger) => Messenger,
): Promise<Messenger | null> {
  const { openMessenger } = await import('../drivers/messages/messengers.ts');
  const real = await openMessenger((await config()).messages, by);
  return real && perhapsDry(real);
}

async function openStore({ config, log, patient }: OpenOptions): Promise<Store> {
  const { openRedis, storeWarning } = await import('../drivers/redis/redis.ts');
  const settings = (await config()).store;
  const warning = storeWarning(settings);
  if (warning) log.warn(warning);
  return openRedis(settings, { patient });
}

/** What the step has done is done, whatever closing says. */
async function closeAll(ports: readonly { close(): Promise<void> }[], log: Log): Promise<void> {
  for (const port of ports) {
    try {
      await withTimeout(port.close(), closeWithinMs);
    } catch (error) {
      log.warn(`a connection was left, not closed: ${messageOf(error)}`);
    }
  }
}
