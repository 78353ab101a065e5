import { defineStep } from '../src/step/declare/define.ts';

export default defineStep({
  name: 'pause',
  summary: 'stops everything that acts by itself, except alerts, until unpause',
  description: `Rules go on being judged and people go on being told. Commands, flags, monkeys and the autoscale do nothing, everywhere, until
canopy unpause. An alert still takes all traffic back to stable.`,
  params: {
    reason: { type: 'string', describe: 'why, for others', required: true, placeholder: 'TEXT' },
  },
  secrets: ['CANOPY_STORE'],
  uses: ['store'],
  docs: ['watching'],
  examples: [
    { command: 'canopy pause --reason "moving to new disks"', says: 'nothing acts by itself from now on' },
  ],
  run: async ({ params, config, open, log, actor }) => {
    const { pauseAll } = await import('../src/guard/index.ts');
    const { app } = await config();
    const ports = { store: await open.store(), clock: open.clock, log };
    const { changed, paused } = await pauseAll(app, params.reason, actor, ports);
    const text = changed
      ? 'nothing acts by itself until canopy unpause, except alerts'
      : `it is paused already, by ${paused.by} since ${new Date(paused.at).toISOString()}: ${paused.reason}`;
    return { outcome: changed ? 'done' : 'unchanged', data: { paused }, text };
  },
});
