import { defineStep } from '../src/step/define.ts';

export default defineStep({
  name: 'router',
  summary: 'the traffic router: splits requests between stable and canary, exactly',
  description: `Runs until it is told to stop. Its state (weight, drained instances, alert) is shared by the store and kept on disk: it goes on
when either is away. The admin port takes POST /alert, GET and PUT /weight, GET /state, /metrics and /healthz.`,
  params: {},
  secrets: ['CANOPY_STORE', 'CANOPY_TOKEN', 'CANOPY_ALERT_TOKEN'],
  uses: ['store', 'environments', 'traffic'],
  examples: [
    { command: 'canopy router', says: 'listens where traffic.listen says' },
    {
      command: 'CANOPY_TOKEN=… canopy router --config /etc/canopy/shop.yml',
      says: 'as a service, with a token for its admin port',
    },
  ],
  service: true,
  run: async ({ config, open, log, signal }) => {
    const { runRouter, setupOf } = await import('../src/router/index.ts');
    const setup = setupOf(await config());
    const store = await open.store();
    const summary = await runRouter(setup, { store, clock: open.timer, random: open.random, log }, signal);
    return { outcome: 'done', data: { ...summary }, text: 'the router has stopped; no request was cut' };
  },
});
