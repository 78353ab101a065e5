import { fail } from '../src/errors/common.ts';
import {
  environmentParams,
  lockParams,
  onlyParams,
  trafficParams,
} from '../src/step/declare/common-params.ts';
import { defineStep } from '../src/step/declare/define.ts';

export default defineStep({
  name: 'deploy',
  summary: 'puts an artifact on an environment by its strategy',
  description: `Instance by instance: send and unpack, drain, switch, restart, wait until the new release answers, take back into
the traffic. When an instance fails, it and those before it go back to their earlier release, and the exit code is 3.
Instances that run the release already are asked
once: those that are healthy are left alone (outcome unchanged), one that is not is deployed to again.`,
  params: {
    ...environmentParams,
    plan: {
      type: 'string',
      describe: 'write what would be done to this file, print it as a table, and do nothing',
      placeholder: 'FILE',
    },
    apply: {
      type: 'string',
      describe: 'do what the plan in this file says, or nothing when its facts have changed',
      placeholder: 'FILE',
    },
    expect: {
      type: 'string',
      describe: 'with --apply: the sha256 that the file must have',
      placeholder: 'SHA256',
    },
    resume: {
      type: 'string',
      describe: 'go on with the last deploy, which died or was left as it was',
      placeholder: 'ID',
      bare: 'last',
    },
    artifact: {
      type: 'string',
      describe: 'the archive or its manifest; else the newest that was packaged here',
      placeholder: 'FILE',
    },
    ...onlyParams,
    ...lockParams,
    ...trafficParams,
  },
  secrets: ['CANOPY_STORE', 'CANOPY_SSH_KEY_FILE', 'CANOPY_SSH_PASSPHRASE'],
  uses: ['store', 'ssh', 'environments', 'traffic', 'artifact'],
  docs: ['deploying', 'containers'],
  examples: [
    { command: 'canopy deploy --environment production', says: 'deploys the newest artifact' },
    {
      command: 'canopy deploy --environment production --dry-run',
      says: 'shows the plan as a table, and does nothing',
    },
    { command: 'canopy deploy --environment production --only web-1', says: 'one instance alone' },
    { command: 'canopy deploy --environment production --plan plan.json', says: 'writes the plan down' },
    { command: 'canopy deploy --environment production --apply plan.json', says: 'does what it says' },
    {
      command: 'canopy deploy --environment production --resume',
      says: 'goes on after the agent died in the middle',
    },
  ],
  run: async (kit) => {
    const { params } = kit;
    const { applyPlan, deploy, outlineText, resultOf, resume, rowsOf, settingOf, writePlan } =
      await import('../src/deploy/index.ts');
    const setting = settingOf(await kit.config(), params, kit);
    const { artifact, plan, apply, expect } = params;
    refuseTogether({ plan, apply, resume: params.resume });
    const fixed = apply === null ? '--resume' : '--apply';
    if (params.only.length > 0 && (apply ?? params.resume) !== null)
      throw fail('usage', { step: 'deploy', reason: `${fixed} has its instances already: leave --only out` });
    if (expect !== null && apply === null)
      throw fail('usage', { step: 'deploy', reason: '--expect needs --apply' });
    if (plan !== null) {
      const { document, outline, sha256, apply } = await writePlan(setting, artifact, plan);
      const text = outlineText(outline, kit.width);
      // A dry run writes no file: there is none to name, and none to apply.
      if (kit.dryRun)
        return { outcome: 'done', data: { plan: document }, plan: () => ({ rows: rowsOf(outline), text }) };
      const written = `${text}\n\nwritten to ${plan}; to do it:\n  ${apply}`;
      return { outcome: 'done', data: { file: plan, sha256, plan: document }, text: written };
    }
    if (apply !== null) return resultOf(await applyPlan(setting, artifact, { file: apply, expect }));
    if (params.resume !== null) return resultOf(await resume(setting, params.resume, artifact));
    return resultOf(await deploy(setting, artifact));
  },
});

function refuseTogether(given: Readonly<Record<string, string | null>>): void {
  const names = Object.entries(given).flatMap(([name, value]) => (value === null ? [] : `--${name}`));
  if (names.length > 1)
    throw fail('usage', { step: 'deploy', reason: `${names.join(' and ')} exclude each other` });
}
