import { defineStep } from '../src/step/declare/define.ts';

export default defineStep({
  name: 'router',
  summary: 'the traffic router: splits requests between stable and canary, exactly',
  description: `Runs until it is told to stop. Its state (weight, drained instances, alert) is shared by the store and kept on disk: it goes on
when either is away. The admin port takes POST /alert, GET and PUT /weight, PUT /maintenance, GET /state, /metrics and /healthz.

A primary process holds the listening sockets and keeps workers running; they answer the requests. \`canopy router restart\`, or SIGUSR2
to the primary, puts new workers in their place one after the other: they read canopy.yml and the program anew, and no request is lost.
When a new worker does not come up the old ones go on. SIGHUP, or POST /reload, reads canopy.yml again for its instances alone: they
are added, dropped or moved while it runs. \`canopy explain systemd\` prints a unit.`,
  params: {
    action: {
      type: 'choice',
      describe: 'run it, or have the workers of the running one replaced',
      values: ['run', 'restart'],
      default: 'run',
      positional: 0,
    },
    workers: {
      type: 'string',
      describe: 'processes that serve: a number, or auto (one a processor); else traffic.workers',
      actions: ['run'],
      placeholder: 'N',
    },
  },
  secrets: ['CANOPY_STORE', 'CANOPY_TOKEN', 'CANOPY_ALERT_TOKEN'],
  uses: ['store', 'environments', 'traffic'],
  docs: ['traffic'],
  examples: [
    { command: 'canopy router', says: 'listens where traffic.listen says' },
    {
      command: 'CANOPY_TOKEN=… canopy router --config /etc/canopy/shop.yml',
      says: 'as a service, with a token for its admin port',
    },
    { command: 'canopy router --workers auto', says: 'with one worker process a processor' },
    {
      command: 'canopy router restart --config /etc/canopy/shop.yml',
      says: 'new workers take over, after an upgrade or a change of canopy.yml',
    },
  ],
  service: true,
  run: async ({ params, config, reread, open, log, signal }) => {
    const { restartRouter, serveRouter, setupOf, workersOf } = await import('../src/router/index.ts');
    const setup = setupOf(await config());
    if (params.action === 'restart') return { outcome: 'done', text: await restartRouter(setup) };
    const workers = workersOf(params.workers);
    const again = async () => setupOf(await reread());
    const ports = { store: open.store, clock: open.timer, log, random: open.random, reread: again };
    const { summary, text } = await serveRouter(setup, workers, ports, signal);
    return { outcome: 'done', data: { ...summary }, text };
  },
});
