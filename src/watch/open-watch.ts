/** A watch made of canopy.yml and ports. */
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Actor } from '../audit/index.ts';
import { subjectsOf } from '../config/rules/subjects.ts';
import type { Config, WatchConfig, WatchSubject, WatchTarget } from '../config/types.ts';
import { fail } from '../errors.ts';
import { setFlag } from '../flags/index.ts';
import type { IncidentFile } from '../incidents/index.ts';
import type { Opener } from '../opener.ts';
import type { Log, Store } from '../ports/ports.ts';
import type { MessageChannel } from '../messages/index.ts';
import { needsOf, openProbe, Uplink, usualUplink, type Probe } from '../probes/index.ts';
import { rulesOf } from '../rules/index.ts';
import { writeWhole } from '../shared/files/atomic-file.ts';
import { codeOf } from '../shared/system/error-code.ts';
import { openFeeds } from './engine/feeds.ts';
import { openHands } from './acting/hands.ts';
import type { ReactionPorts } from './acting/reactions.ts';
import { Telling, type WriteText } from './acting/telling.ts';
import { Watch } from './engine/watch.ts';

interface OpenWatch {
  readonly config: Config;
  readonly watch: WatchConfig;
  readonly actor: Actor;
  readonly channel: (person: string, by: string) => MessageChannel | null;
  readonly text: WriteText;
  /** All traffic back to stable, by whatever balancer there is; whether that changed anything. */
  readonly alert: (reason: string) => Promise<boolean>;
}

interface OpenPorts {
  readonly open: Opener;
  readonly store: Store;
  readonly log: Log;
}

export function openWatch(given: OpenWatch, { open, store, log }: OpenPorts): Watch {
  const { config, watch, actor, channel, text } = given;
  const ports = { store, clock: open.timer, log, random: open.random };
  const targetPorts = {
    app: config.app,
    folder: config.folder,
    now: () => open.timer.now(),
    ssh: open.ssh,
    redis: open.redis,
    exec: open.exec,
    store: open.store,
  };
  const probeOf = (subject: WatchSubject, onBroken: () => void): Probe =>
    openProbe(subject, targetPorts, onBroken);
  const needs = needsOf(config);
  const telling = new Telling(
    {
      config,
      stateDir: watch.stateDir,
      channel,
      text,
      fence: () => (opened.leadership.leads ? opened.leadership.fence : null),
      taken: (incident, key, done) => opened.watcher.taken(incident, key, done),
    },
    ports,
  );
  const reactions = reactionsOf(given, { open, store, log });
  const opened: Watch = new Watch(
    {
      config,
      watch,
      subjects: subjectsOf(config),
      openProbe: probeOf,
      hands: openHands({ config, actor, outbox: telling, reactions }, ports),
      needs: (target) => needs.get(target) ?? [],
      recover: () => telling.recover(),
      feeds: openFeeds(
        config,
        watch,
        rulesOf(config).map(({ config: rule }) => rule),
        { open, store, log },
      ),
      uplink: openUplink(config, watch, probeOf),
      file: incidentFile(join(watch.stateDir, 'incidents.json')),
      host: hostname(),
    },
    ports,
  );
  return opened;
}

function openUplink(
  config: Config,
  watch: WatchConfig,
  probeOf: (subject: WatchSubject, onBroken: () => void) => Probe,
): Uplink {
  const asked = watch.uplink.length === 0 ? usualUplink(config) : watch.uplink.map(subjectOf);
  return new Uplink(
    asked.map((one) => probeOf(one, () => undefined)),
    watch.uplink.length === 0,
  );
}

const subjectOf = (target: WatchTarget): WatchSubject => ({
  ...target,
  words: [],
  metrics: ['down'],
  needs: null,
  instance: null,
});

function reactionsOf({ config, actor, alert }: OpenWatch, { open, store, log }: OpenPorts): ReactionPorts {
  const { app, folder } = config;
  return {
    alert,
    flag: async (name, state) => {
      const { outcome } = await setFlag({ app, name, state, actor }, { store, clock: open.timer, log });
      return outcome === 'done';
    },
    command: async (lines, env, timeoutMs) => {
      const exec = await open.exec();
      const title = `the command of ${env['CANOPY_RULE'] ?? ''}`;
      const { code, stderr } = await exec.shell(lines, {
        cwd: folder,
        title,
        effect: 'change',
        env,
        timeoutMs,
      });
      if (code === 0) return true;
      throw fail('reaction-failed', { title, code, last: lastLine(stderr) });
    },
  };
}

const lastLine = (text: string): string => text.trimEnd().split('\n').at(-1) ?? '';

/** For the owner alone: names of people are in it. */
const incidentFile = (file: string): IncidentFile => ({
  read: async () => {
    try {
      return await readFile(file, 'utf8');
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return null;
      throw error;
    }
  },
  write: (text) => writeWhole(file, text, { mode: 0o600, folderMode: 0o700 }),
});
