import { lockParams, trafficParams } from '../src/step/declare/common-params.ts';
import { defineStep } from '../src/step/declare/define.ts';

export default defineStep({
  name: 'canary',
  summary: 'tries a release on a few instances with a share of the traffic, then promotes or aborts it',
  description: `start deploys to the canary environment and gives it its first share. weight changes the share, exactly and at once; the first
one of all switches the canary on, as start does. analyse compares both sides while they serve: it goes through canary.steps, or looks at the present share for a while; a canary that fails
gets no more requests (exit 3), one that cannot be judged keeps its share (inconclusive, exit 3). promote puts the same artifact on the stable environment by its strategy and retires the canary. stop takes the
canary's requests away until the next start; abort does, and nothing starts until resume re-arms. status draws the split.`,
  params: {
    action: {
      type: 'choice',
      describe: 'what to do',
      required: true,
      positional: 0,
      values: ['start', 'weight', 'status', 'analyse', 'promote', 'stop', 'abort', 'resume'],
      aliases: { analyze: 'analyse' },
    },
    weight: {
      type: 'percent',
      describe: "the canary's share",
      actions: ['start', 'weight'],
      positional: 1,
      placeholder: 'PERCENT',
    },
    sticky: {
      type: 'string',
      describe: 'how clients stick to their side: none, cookie, header:NAME or cookie:NAME',
      actions: ['start', 'weight'],
      placeholder: 'MODE',
    },
    for: {
      type: 'duration',
      describe: 'how long to look at the present share; else it goes through canary.steps',
      actions: ['analyse'],
      placeholder: 'DURATION',
    },
    artifact: {
      type: 'string',
      describe: 'the archive or its manifest; else the newest that was packaged here',
      actions: ['start', 'promote'],
      placeholder: 'FILE',
    },
    reason: {
      type: 'string',
      describe: 'why',
      default: 'aborted by hand',
      free: true,
      actions: ['abort', 'stop'],
    },
    release: {
      type: 'string',
      describe: 'the release that has to be on the canary; another one is left alone',
      actions: ['analyse', 'stop'],
      placeholder: 'ID',
    },
    ...lockParams,
    ...trafficParams,
  },
  secrets: ['CANOPY_STORE', 'CANOPY_SSH_KEY_FILE', 'CANOPY_SSH_PASSPHRASE', 'CANOPY_TOKEN'],
  uses: ['store', 'ssh', 'environments', 'traffic', 'canary', 'artifact'],
  docs: ['analysis', 'traffic'],
  examples: [
    {
      command: 'canopy canary start',
      says: 'the newest artifact to the canary environment, with its first share',
    },
    { command: 'canopy canary weight 33', says: 'a third of the requests' },
    { command: 'canopy canary weight --sticky none', says: 'each request by itself from now on' },
    {
      command: 'canopy canary analyse',
      says: 'through canary.steps: more requests as long as nothing speaks against it',
    },
    { command: 'canopy canary analyse --for 10m', says: 'the present share, for ten minutes' },
    { command: 'canopy canary status', says: 'who runs what, and the split' },
    { command: 'canopy canary promote', says: 'the same release everywhere' },
    { command: 'canopy canary stop', says: 'no requests for the canary, until the next start' },
    { command: 'canopy canary abort --reason "checkout is slow"', says: 'everything to stable, now' },
  ],
  run: async ({ params, config, open, log, signal, actor, env }) => {
    if (params.action === 'status') {
      const { canaryStatus, picture } = await import('../src/status/index.ts');
      const status = await canaryStatus(await config(), open, log);
      return { outcome: 'done', data: { ...status }, text: picture(status) };
    }
    const room = await import('../src/canary/index.ts');
    const { queueOf, resultOf } = await import('../src/deploy/index.ts');
    const setting = {
      config: await config(),
      actor,
      open,
      log,
      signal,
      balanced: params.balancer,
      probed: params.probe,
      queue: queueOf(params, { env }),
    };
    const { fail } = await import('../src/errors/common.ts');
    const { stickyModes, stickyOf } = await import('../src/config/fields/sticky.ts');
    const sticky = params.sticky === null ? null : stickyOf(params.sticky);
    if (params.sticky !== null && sticky === null)
      throw fail('usage', { reason: `--sticky is ${stickyModes}, not "${params.sticky}"`, step: 'canary' });
    if (params.action === 'start')
      return resultOf(await room.start(setting, params.artifact, params.weight, sticky));
    if (params.action === 'promote') return resultOf(await room.promote(setting, params.artifact));
    if (params.action === 'analyse') {
      if (params.for === 0) throw fail('usage', { reason: '--for has to be longer than 0', step: 'canary' });
      const report = await room.analyse(setting, params.for, params.release);
      const reasons = [report.reason, ...(report.judgement?.reasons ?? [])];
      const data = { ...report, serves: room.servesAfter(report) };
      return { outcome: report.outcome, reasons, data, text: room.analysisText(report) };
    }
    if (params.action === 'stop') {
      const { outcome, release, text } = await room.stop(setting, params.release, params.reason);
      return { outcome, data: { release, serves: text }, text };
    }
    if (params.action === 'weight') {
      if (params.weight === null && sticky === null)
        throw fail('usage', { reason: 'weight needs a percentage, or --sticky', step: 'canary' });
      const { weight, version, sticky: mode } = await room.setWeight(setting, params.weight, sticky);
      return {
        outcome: 'done',
        data: { weight, version, sticky: mode },
        text: `the canary gets ${weight} % of the requests${mode === 'none' ? '' : `; clients stick by ${mode}`}`,
      };
    }
    const state =
      params.action === 'abort' ? await room.abort(setting, params.reason) : await room.resume(setting);
    const text =
      state.alert === null
        ? `re-armed: the canary gets ${state.weight} %`
        : 'everything goes to stable; canopy canary resume re-arms';
    return { outcome: 'done', data: { alert: state.alert, weight: state.weight }, text };
  },
});
