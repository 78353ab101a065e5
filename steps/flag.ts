import { defineStep } from '../src/step/declare/define.ts';

export default defineStep({
  name: 'flag',
  summary: 'turns a feature on or off, at once and everywhere',
  description: `The state lives in the store. A program in any language reads the plain key flag:<app>:<name>, 1 or 0, from any replica.`,
  params: {
    action: {
      type: 'choice',
      describe: 'what to do',
      required: true,
      positional: 0,
      values: ['set', 'get', 'list'],
    },
    name: {
      type: 'string',
      describe: 'the flag',
      positional: 1,
      placeholder: 'NAME',
      actions: ['set', 'get'],
    },
    state: { type: 'string', describe: 'on or off', positional: 2, placeholder: 'STATE', actions: ['set'] },
  },
  secrets: ['CANOPY_STORE'],
  uses: ['store'],
  docs: ['keys'],
  examples: [
    { command: 'canopy flag set checkout on', says: 'from now on GET flag:shop:checkout gives 1' },
    { command: 'canopy flag list', says: 'all flags and who set them' },
  ],
  run: async ({ params, config, open, log, actor }) => {
    const { setFlag, getFlag, listFlags } = await import('../src/flags/index.ts');
    const { app } = await config();
    const ports = { store: await open.store(), clock: open.clock, log };
    const { action, name, state } = params;
    if (action === 'list') {
      const { flags, skipped } = await listFlags(app, ports);
      const lines = flags.map(
        (flag) => `${flag.name} ${flag.state}, by ${flag.by} at ${new Date(flag.updated).toISOString()}`,
      );
      return { outcome: 'done', data: { flags, skipped }, text: lines.join('\n') || 'no flag is set' };
    }
    if (name === null || (action === 'set' && state === null)) {
      const { fail } = await import('../src/errors/common.ts');
      throw fail('usage', {
        reason: `${action} needs ${action === 'set' ? 'a name and a state' : 'a name'}`,
        step: 'flag',
      });
    }
    if (action === 'get') {
      const flag = await getFlag(app, name, ports);
      return { outcome: 'done', data: { ...flag }, text: flag.state };
    }
    const { outcome, flag, was } = await setFlag({ app, name, state: state ?? '', actor }, ports);
    return {
      outcome,
      data: { ...flag, was },
      text: outcome === 'unchanged' ? `${name} is ${flag.state} already` : `${name} is ${flag.state}`,
    };
  },
});
