/** What canopyPipeline does for a branch, and what stands against it: asked once, before it begins. Pure. */
import type { Loaded } from '../config/index.ts';
import { showPath } from '../config/file/interpolate.ts';
import type { Config } from '../config/types.ts';
import { problem, type Problem } from '../errors.ts';
import { showDuration } from '../shared/text/units.ts';
import type { Explained } from './answer.ts';

/** The steps of a pipeline with what they read of canopy.yml; what their variables lack is found by name. */
interface PipelineStep {
  readonly name: string;
  readonly uses: readonly string[];
  /** Runs with the credentials that were bound; the commands of others see none of them. */
  readonly bound: boolean;
}

export interface PipelineAsked {
  readonly branch: string;
  /** The environment that the caller names for the branch; null: canopy.yml says it. */
  readonly environment: string | null;
  /** Variables that are bound for the steps that reach servers. */
  readonly bound: readonly string[];
  readonly steps: readonly PipelineStep[];
}

type PipelineKind = 'canary' | 'stable' | 'plain';

export function explainPipeline(loaded: Loaded, asked: PipelineAsked): Explained {
  const { config } = loaded;
  const { environment, problems } = environmentFor(config, asked);
  const kind = environment === null ? null : kindOf(config, environment);
  const steps = asked.steps.filter(({ name }) => kind !== null && stepsOf[kind].includes(name));
  const lacking = environment === null ? [] : lackingOf(loaded, { ...asked, steps }, environment);
  const judged = config.canary.steps.some(({ forMs }) => forMs > 0);
  const all = [...problems, ...lacking];
  const { traffic } = config;
  return {
    data: {
      app: config.app,
      branch: asked.branch,
      environment,
      kind,
      stable: traffic?.stable ?? null,
      canary: traffic?.canary ?? null,
      judged,
      steps: steps.map(({ name }) => name),
      problems: all,
    },
    text: [
      `${config.app}: the branch ${asked.branch} ${environment === null ? 'names no environment: it is only checked' : `goes to ${environment}`}`,
      `${wayOf(config, kind)}`,
      all.length === 0
        ? 'nothing is missing for that'
        : all.map(({ message, hint }) => `missing: ${message} (${hint})`).join('\n'),
    ].join('\n'),
  };
}

const stepsOf: Readonly<Record<PipelineKind, readonly string[]>> = {
  canary: ['check', 'package', 'canary'],
  stable: ['check', 'package', 'canary', 'deploy'],
  plain: ['check', 'package', 'deploy'],
};

function environmentFor(
  config: Config,
  { branch, environment }: PipelineAsked,
): { readonly environment: string | null; readonly problems: readonly Problem[] } {
  const names = Object.keys(config.environments);
  if (environment !== null) {
    if (names.includes(environment)) return { environment, problems: [] };
    const known = names.join(', ') || 'none';
    return { environment: null, problems: [problem('no-environment', { name: environment, known })] };
  }
  const found = Object.values(config.environments).filter((one) => one.branch === branch);
  const [first, second] = found;
  if (second !== undefined) {
    const known = found.map(({ name }) => name).join(' and ');
    return { environment: null, problems: [problem('pipeline-branch', { branch, environments: known })] };
  }
  return { environment: first?.name ?? null, problems: [] };
}

function kindOf({ traffic }: Config, environment: string): PipelineKind {
  if (traffic === null || traffic.canary === null) return 'plain';
  if (traffic.canary === environment) return 'canary';
  return traffic.stable === environment ? 'stable' : 'plain';
}

/** Each variable once, with the first key that asks for it: of the sections that the steps use, and of the sides they touch. */
function lackingOf(
  { config, missing, given }: Loaded,
  { steps, bound }: PipelineAsked,
  environment: string,
): Problem[] {
  const { traffic } = config;
  const touched = [
    environment,
    ...[traffic?.stable, traffic?.canary].filter(() => kindOf(config, environment) !== 'plain'),
  ];
  const needed = (path: string, uses: readonly string[]): boolean => {
    const [section = '', name] = path.split('.');
    if (section !== 'app' && !uses.includes(section)) return false;
    return section !== 'environments' || touched.includes(name);
  };
  const found = new Map<string, Problem>();
  for (const { path, name } of missing)
    if (steps.some(({ uses }) => needed(path, uses)) && !found.has(name))
      found.set(name, problem('config-variable', { path, name }, path));
  for (const { path: at, name, source } of given) {
    // With a default they do without it.
    if (name === null || !bound.includes(name) || found.has(name) || !source.includes(`\${env:${name}}`))
      continue;
    const path = showPath(at);
    if (steps.some((step) => !step.bound && needed(path, step.uses)))
      found.set(name, problem('pipeline-bound', { path, name }, path));
  }
  return [...found.values()];
}

function wayOf(config: Config, kind: PipelineKind | null): string {
  if (kind === null) return 'check';
  if (kind === 'plain') return 'check, package, deploy';
  const steps = config.canary.steps
    .map(({ weight, forMs }) => (forMs > 0 ? `${weight} % for ${showDuration(forMs)}` : `${weight} %`))
    .join(', ');
  const split = steps === '' ? `${config.traffic?.weight ?? 0} %` : steps;
  return `check, package, canary (${split})${kind === 'stable' ? ', promote' : ''}`;
}
