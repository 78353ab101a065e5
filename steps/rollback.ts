import {
  environmentParams,
  lockParams,
  onlyParams,
  trafficParams,
} from '../src/step/declare/common-params.ts';
import { defineStep } from '../src/step/declare/define.ts';

export default defineStep({
  name: 'rollback',
  summary: 'goes back to the previous healthy release, or to the one that --to names',
  description: `To what served before what serves now; once more goes back one more. By the same strategy and gates as a deploy. Only a release that once passed its gate and that every instance still holds
is gone back to by itself. It is also the way out when an environment was left mixed.`,
  params: {
    ...environmentParams,
    to: { type: 'string', describe: 'the release to go back to', placeholder: 'ID' },
    ...onlyParams,
    ...lockParams,
    ...trafficParams,
  },
  secrets: ['CANOPY_STORE', 'CANOPY_SSH_KEY_FILE', 'CANOPY_SSH_PASSPHRASE'],
  uses: ['store', 'ssh', 'environments', 'traffic'],
  docs: ['deploying'],
  examples: [
    { command: 'canopy rollback --environment production', says: 'back to the release before' },
    {
      command: 'canopy rollback --environment production --to 20261121070000-3f2a9c1-8d2e41',
      says: 'to a release that status --json lists',
    },
  ],
  run: async (kit) => {
    const { rollback, resultOf, settingOf } = await import('../src/deploy/index.ts');
    return resultOf(await rollback(settingOf(await kit.config(), kit.params, kit), kit.params.to));
  },
});
