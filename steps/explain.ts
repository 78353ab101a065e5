import { defineStep } from '../src/step/define.ts';

export default defineStep({
  name: 'explain',
  summary: 'answers questions about canopy.yml without touching anything',
  description: `config validates the file and prints it with every default worked in, secrets masked, and each variable that is missing.
sudo prints a file for /etc/sudoers.d with the rules that the SSH users need on the servers, and no more than those.
gate prints what each instance has to show before a release counts as healthy, and what would make that stronger.`,
  params: {
    action: {
      type: 'choice',
      describe: 'the question',
      values: ['config', 'sudo', 'gate'],
      default: 'config',
      positional: 0,
    },
    user: {
      type: 'string',
      describe: 'sudo: the SSH user of hosts that canopy.yml names without one',
      placeholder: 'NAME',
    },
  },
  secrets: ['CANOPY_STORE'],
  uses: [],
  examples: [
    { command: 'canopy explain config', says: 'is the file right, and what does it mean?' },
    { command: 'canopy explain sudo', says: 'the rules for /etc/sudoers.d/canopy' },
    { command: 'canopy explain gate', says: 'when is an instance healthy, and is that enough?' },
  ],
  run: async ({ params, loaded }) => {
    const { explainConfig, explainGate, explainSudo } = await import('../src/explain/index.ts');
    const known = await loaded();
    const { text, data } =
      params.action === 'config'
        ? explainConfig(known)
        : params.action === 'sudo'
          ? explainSudo(known.config, params.user)
          : explainGate(known.config);
    return { outcome: 'done', data, text };
  },
});
