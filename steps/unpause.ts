import { defineStep } from '../src/step/declare/define.ts';

export default defineStep({
  name: 'unpause',
  summary: 'lets what acts by itself act again',
  params: {
    reason: { type: 'string', describe: 'why it may, for others', required: true, placeholder: 'TEXT' },
  },
  secrets: ['CANOPY_STORE'],
  uses: ['store'],
  docs: ['watching'],
  examples: [{ command: 'canopy unpause --reason "the disks are in"', says: 'rules act again' }],
  run: async ({ params, config, open, log, actor }) => {
    const { unpauseAll } = await import('../src/guard/index.ts');
    const { app } = await config();
    const ports = { store: await open.store(), clock: open.clock, log };
    const was = await unpauseAll(app, params.reason, actor, ports);
    return {
      outcome: was === null ? 'unchanged' : 'done',
      data: { was },
      text: was === null ? 'nothing was paused' : 'what acts by itself acts again',
    };
  },
});
