import { fail } from '../src/errors/common.ts';
import { defineStep } from '../src/step/declare/define.ts';

export default defineStep({
  name: 'explain',
  summary: 'answers questions about canopy.yml without touching anything',
  description: `config validates the file and prints it with every default worked in, secrets masked, and each variable that is missing.
pipeline tells what canopyPipeline does for a branch, and what is missing for that.
sudo prints a file for /etc/sudoers.d with the rules that the SSH users need on the servers, and no more than those.
gate prints what each instance has to show before a release counts as healthy, and what would make that stronger.
haproxy prints a haproxy.cfg with the instances in it and everything that Canopy relies on.
systemd prints the unit of the router, or of the sockets that outlive it.
analysis prints how much traffic the canary needs until it is aborted or passes, what would go unseen, and which gates are asked too.`,
  params: {
    action: {
      type: 'choice',
      describe: 'the question',
      values: ['config', 'pipeline', 'sudo', 'gate', 'haproxy', 'systemd', 'analysis'],
      default: 'config',
      positional: 0,
    },
    branch: {
      type: 'string',
      describe: 'the branch that is built',
      actions: ['pipeline'],
      placeholder: 'NAME',
    },
    environment: {
      type: 'string',
      describe: 'where it goes; else what canopy.yml says of the branch',
      actions: ['pipeline'],
      placeholder: 'NAME',
    },
    user: {
      type: 'string',
      describe: 'the SSH user of hosts that canopy.yml names without one',
      actions: ['sudo'],
      placeholder: 'NAME',
    },
    unit: {
      type: 'choice',
      describe: 'which of the two',
      actions: ['systemd'],
      values: ['service', 'socket'],
      default: 'service',
    },
    traffic: {
      type: 'string',
      describe: 'requests that stable and canary get together, by the second, minute or hour',
      actions: ['analysis'],
      default: '10/s',
      placeholder: '10/s',
    },
    base: {
      type: 'percent',
      describe: "stable's share of errors; else 0.1% and 1%",
      actions: ['analysis'],
      placeholder: 'PERCENT',
    },
  },
  secrets: ['CANOPY_STORE'],
  uses: [],
  docs: ['security'],
  examples: [
    { command: 'canopy explain config', says: 'is the file right, and what does it mean?' },
    {
      command: 'canopy explain pipeline --branch release',
      says: 'what happens to a push, and what is missing for it?',
    },
    { command: 'canopy explain sudo', says: 'the rules for /etc/sudoers.d/canopy' },
    { command: 'canopy explain gate', says: 'when is an instance healthy, and is that enough?' },
    { command: 'canopy explain haproxy', says: 'what has to stand in haproxy.cfg?' },
    { command: 'canopy explain systemd', says: 'the unit that runs the router as a service' },
    { command: 'canopy explain analysis --traffic 50/s', says: 'how long until a bad canary is seen?' },
  ],
  run: async ({ params, loaded, env }) => {
    const room = await import('../src/explain/index.ts');
    const known = await loaded();
    const steps = params.action === 'pipeline' ? await pipelineSteps() : [];
    const { text, data } = {
      config: () => room.explainConfig(known),
      pipeline: () => room.explainPipeline(known, { ...askedOf(params), bound: boundBy(env), steps }),
      sudo: () => room.explainSudo(known.config, params.user),
      gate: () => room.explainGate(known.config),
      haproxy: () => room.explainHaproxy(known.config),
      systemd: () => room.explainSystemd(known, params.unit),
      analysis: () => room.explainAnalysis(known.config, params.traffic, params.base),
    }[params.action]();
    return { outcome: 'done', data, text };
  },
});

/** Commands of check and package see no credential; the others reach servers. */
async function pipelineSteps() {
  const modules = await Promise.all([
    import('./check.ts'),
    import('./package.ts'),
    import('./deploy.ts'),
    import('./canary.ts'),
  ]);
  return modules.map(({ default: { name, uses } }) => ({
    name,
    uses,
    bound: !['check', 'package'].includes(name),
  }));
}

function askedOf({ branch, environment }: { branch: string | null; environment: string | null }) {
  if (branch === null) throw fail('usage', { reason: 'pipeline needs --branch', step: 'explain' });
  return { branch, environment };
}

const boundBy = (env: (name: string) => string | undefined): string[] =>
  (env('CANOPY_BOUND') ?? '').split(',').filter((name) => name !== '');
