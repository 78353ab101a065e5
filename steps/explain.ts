import { defineStep } from '../src/step/define.ts';

export default defineStep({
  name: 'explain',
  summary: 'answers questions about canopy.yml without touching anything',
  description: `config validates the file and prints it with every default worked in, secrets masked, and each variable that is missing.
sudo prints the rules that the SSH user needs on the servers.`,
  params: {
    action: {
      type: 'choice',
      describe: 'the question',
      values: ['config', 'sudo'],
      default: 'config',
      positional: 0,
    },
  },
  secrets: ['CANOPY_STORE'],
  uses: [],
  examples: [
    { command: 'canopy explain config', says: 'is the file right, and what does it mean?' },
    { command: 'canopy explain sudo', says: 'the rules for /etc/sudoers.d/canopy' },
  ],
  run: async ({ params, loaded }) => {
    const { explainConfig, explainSudo } = await import('../src/explain/index.ts');
    const { text, data } =
      params.action === 'config' ? explainConfig(await loaded()) : explainSudo((await loaded()).config);
    return { outcome: 'done', data, text };
  },
});
