/** `canopy watch`: until the signal, or one pass. */
import { abort } from '../canary/index.ts';
import type { Config, WatchConfig } from '../config/types.ts';
import { fail } from '../errors.ts';
import { channelOf, lateMessenger } from '../messages/index.ts';
import type { Opener } from '../opener.ts';
import type { Log, Store } from '../ports/ports.ts';
import { atMost } from '../shared/time.ts';
import { read } from '../traffic/index.ts';
import { serveWatch } from './http/serve.ts';
import { WatchApi } from './http/watch-api.ts';
import { textOf } from './acting/notice.ts';
import { openWatch } from './open-watch.ts';
import { summaryOf } from './engine/summary.ts';
import type { Watch } from './engine/watch.ts';

interface WatchAsked {
  readonly config: Config;
  readonly once: boolean;
  readonly actor: { readonly name: string; readonly url: string; readonly run: string };
}

interface RunPorts {
  readonly open: Opener;
  readonly store: Store;
  readonly log: Log;
}

interface WatchResult {
  readonly outcome: 'done' | 'fail';
  readonly data: Readonly<Record<string, unknown>>;
  readonly text: string;
}

/** So long one pass may take, with all that it tells. */
const ONCE_MS = 300_000;

export async function runWatch(
  { config, once, actor }: WatchAsked,
  ports: RunPorts,
  signal: AbortSignal,
): Promise<WatchResult> {
  const { open, store, log } = ports;
  const section = config.watch;
  if (section === null) throw fail('watch-absent', {});
  const alert = async (reason: string): Promise<boolean> => {
    const before = await read(config.app, store);
    if (before?.alert !== null && before !== null) return false;
    await abort({ config, actor, open, log, signal, balanced: true, probed: false }, reason);
    return true;
  };
  const watch = openWatch(
    {
      config,
      watch: section,
      actor,
      channel: (person, by) => channelOf(config, person, by, () => lateMessenger(() => open.messenger(by))),
      text: (incident, delivery) => textOf(config, section, incident, delivery, open.timer.now()),
      alert,
    },
    ports,
  );
  let leads = true;
  if (once)
    await atMost(
      open.timer,
      ONCE_MS,
      watch.once().then((led) => (leads = led)),
      signal,
    );
  else await serve(config, section, watch, ports, signal);
  const { red, data, text } = summaryOf({
    targets: watch.checks.targets,
    incidents: watch.watcher.incidents.all,
    leads,
  });
  return { outcome: once && red ? 'fail' : 'done', data, text };
}

/** The watch, and its port beside it. */
async function serve(
  config: Config,
  section: WatchConfig,
  watch: Watch,
  { open, store, log }: RunPorts,
  signal: AbortSignal,
): Promise<void> {
  const ports = { store, clock: open.timer, log, random: open.random };
  const close = await serveWatch(section, new WatchApi(config, watch, ports), ports);
  try {
    await watch.run(signal);
  } finally {
    await close();
  }
}
