import { defineStep } from '../src/step/declare/define.ts';

export default defineStep({
  name: 'watch',
  summary: 'watches targets, tells people when something goes wrong, and reacts',
  description: `Runs until it is told to stop. Of several watchers of an application one leads by a lease in the store, the others stand by.
--once makes one pass, for cron and Jenkins: rules and incidents go by what is in the store; exit 3 when something is red.`,
  params: {
    once: { type: 'boolean', describe: 'one pass, then the verdict' },
  },
  secrets: ['CANOPY_STORE'],
  uses: ['store', 'environments', 'traffic'],
  docs: ['watching', 'answering-the-phone'],
  examples: [
    { command: 'canopy watch', says: 'as a service: canopy explain systemd --unit watch' },
    { command: 'canopy watch --once', says: 'by cron each minute' },
  ],
  service: true,
  run: async ({ params, config, open, log, actor, signal }) => {
    const { runWatch } = await import('../src/watch/index.ts');
    const store = await open.store();
    return runWatch({ config: await config(), once: params.once, actor }, { open, store, log }, signal);
  },
});
