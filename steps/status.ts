import { defineStep } from '../src/step/declare/define.ts';

export default defineStep({
  name: 'status',
  summary: 'what runs where: instances, releases, traffic, flags, locks',
  params: {
    environment: { type: 'string', describe: 'one environment; all when left out', placeholder: 'NAME' },
  },
  secrets: ['CANOPY_STORE', 'CANOPY_SSH_KEY_FILE', 'CANOPY_SSH_PASSPHRASE'],
  uses: ['store', 'ssh', 'environments', 'traffic'],
  examples: [
    { command: 'canopy status', says: 'everything' },
    { command: 'canopy status --environment production --json', says: 'one environment, for programs' },
  ],
  run: async ({ params, config, open, log }) => {
    const { status, table } = await import('../src/status/index.ts');
    const found = await status(await config(), params.environment, open, log);
    return { outcome: 'done', data: { ...found }, text: table(found) };
  },
});
