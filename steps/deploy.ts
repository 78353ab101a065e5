import { defineStep } from '../src/step/define.ts';

export default defineStep({
  name: 'deploy',
  summary: 'puts an artifact on an environment by its strategy',
  description: `Instance by instance: send and unpack, drain, switch, restart, wait until the new release answers, take back into
the traffic. When an instance fails, it and those before it go back to their earlier release, and the exit code is 3.
A release that all instances run already is left alone (outcome unchanged).`,
  params: {
    environment: { type: 'string', describe: 'the environment', required: true, placeholder: 'NAME' },
    artifact: {
      type: 'string',
      describe: 'the archive or its manifest; else the newest that was packaged here',
      placeholder: 'FILE',
    },
    only: { type: 'list', describe: 'only the instances with these names or tags', placeholder: 'NAME,TAG' },
    balancer: {
      type: 'boolean',
      describe: 'do not take instances out of the traffic first: requests may be lost',
      default: true,
    },
  },
  secrets: ['CANOPY_STORE', 'CANOPY_SSH_KEY_FILE', 'CANOPY_SSH_PASSPHRASE'],
  uses: ['store', 'ssh', 'environments', 'traffic', 'artifact'],
  examples: [
    { command: 'canopy deploy --environment production', says: 'deploys the newest artifact' },
    { command: 'canopy deploy --environment production --dry-run', says: 'prints what it would do' },
    { command: 'canopy deploy --environment production --only web-1', says: 'one instance alone' },
  ],
  run: async ({ params, config, open, log, signal, actor }) => {
    const { deploy, resultOf } = await import('../src/deploy/index.ts');
    const setting = {
      config: await config(),
      environment: params.environment,
      actor,
      open,
      log,
      signal,
      only: params.only,
      balanced: params.balancer,
    };
    return resultOf(await deploy(setting, params.artifact));
  },
});
