import { fail } from '../src/errors/common.ts';
import type { Explained } from '../src/explain/index.ts';
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
analysis prints how much traffic the canary needs until it is aborted or passes, what would go unseen, and which gates are asked too.
rule (or alert) prints what a rule is about, what it would do with samples, and whether cases hold; escalation who would be told when.`,
  params: {
    action: {
      type: 'choice',
      describe: 'the question',
      values: [
        'config',
        'pipeline',
        'sudo',
        'gate',
        'haproxy',
        'systemd',
        'analysis',
        'rule',
        'alert',
        'escalation',
      ],
      default: 'config',
      positional: 0,
    },
    branch: {
      type: 'string',
      describe: 'the branch that is built',
      actions: ['pipeline'],
      placeholder: 'NAME',
    },
    name: {
      type: 'string',
      describe: 'the rule, or the policy; all when left out',
      positional: 1,
      actions: ['rule', 'alert', 'escalation'],
      placeholder: 'NAME',
    },
    samples: {
      type: 'string',
      describe: 'samples to run the rule on: a file of YAML',
      actions: ['rule', 'alert'],
      placeholder: 'FILE',
    },
    cases: {
      type: 'string',
      describe: 'cases that have to hold: a file of YAML',
      actions: ['rule', 'alert'],
      placeholder: 'FILE',
    },
    severity: {
      type: 'choice',
      describe: 'of what goes wrong',
      actions: ['escalation'],
      values: ['info', 'warning', 'critical'],
      default: 'warning',
    },
    at: {
      type: 'string',
      describe: 'when it begins, like 2026-12-24T23:00:00+01:00; now when left out',
      actions: ['escalation'],
      placeholder: 'TIME',
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
    {
      command: 'canopy explain rule --cases rules.test.yml',
      says: 'do the rules do what they are meant to?',
    },
    { command: 'canopy explain escalation --severity critical', says: 'who is told when nobody answers?' },
  ],
  run: async ({ params, loaded, open, env }) => {
    const room = await import('../src/explain/index.ts');
    const known = await loaded();
    const steps = params.action === 'pipeline' ? await pipelineSteps() : [];
    const fileOf = async (file: string | null) =>
      file === null ? null : { file, text: await (await open.files()).read(file) };
    const [samples, cases] = [await fileOf(params.samples), await fileOf(params.cases)];
    const rule = () => room.explainRule(known.config, { name: params.name, samples, cases });
    const { text, data, ok } = {
      config: () => room.explainConfig(known),
      pipeline: () => room.explainPipeline(known, { ...askedOf(params), bound: boundBy(env), steps }),
      sudo: () => room.explainSudo(known.config, params.user),
      gate: () => room.explainGate(known.config),
      haproxy: () => room.explainHaproxy(known.config),
      systemd: () => room.explainSystemd(known, params.unit),
      analysis: () => room.explainAnalysis(known.config, params.traffic, params.base),
      rule,
      alert: rule,
      escalation: () =>
        room.explainEscalation(known.config, {
          policy: params.name,
          severity: params.severity,
          at: timeOf(params.at, open.clock.now()),
        }),
    }[params.action]() as Explained & { ok?: boolean };
    return { outcome: ok === false ? 'fail' : 'done', data, text };
  },
});

function timeOf(text: string | null, now: number): number {
  const at = text === null ? now : Date.parse(text);
  if (Number.isFinite(at)) return at;
  throw fail('usage', { reason: '--at is no time like 2026-12-24T23:00:00+01:00', step: 'explain' });
}

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
