import { actionsOf } from '../../src/deploy/decide/actions-of.ts';
import { makePlan } from '../../src/deploy/plan/plan.ts';
import type { PlanInput } from '../../src/deploy/model/plan.ts';
import { fleetOf, inputOf } from '../../test/soak/fleet/scenario.ts';
import { chanceOf } from '../../test/soak/random.ts';
import type { Measured } from '../run.ts';

const rounds = 11;
/** Each round plans about so many instances of each size, so that small fleets are measured as long as large ones. */
const perRound = 10_000;

interface Job {
  readonly name: string;
  readonly sizes: readonly number[];
  readonly over: Partial<PlanInput>;
  readonly work: (input: PlanInput) => unknown;
}

const plain: Partial<PlanInput> = {
  strategy: 'rolling',
  batch: [{ count: 1 }],
  maxUnavailable: { count: 1 },
  balanced: true,
  hooks: { prepare: true, once: true, after: true, failure: true },
  groups: null,
};
const all = [100, 1000, 10_000];
const jobs: readonly Job[] = [
  { name: 'plan', sizes: [...all, 100_000], over: plain, work: makePlan },
  {
    name: 'plan and all decisions, one by one',
    sizes: all,
    over: plain,
    work: (input) => actionsOf(makePlan(input)),
  },
  {
    name: 'plan and all decisions, 10 % at once',
    sizes: all,
    over: { ...plain, batch: [{ percent: 10 }], maxUnavailable: { percent: 10 } },
    work: (input) => actionsOf(makePlan(input)),
  },
];

/** CPU of planning for each instance, as a ratio to that of a fleet of 1,000. */
export async function bench(): Promise<Measured> {
  const runs = jobs.flatMap(({ sizes, over, name, work }) =>
    sizes.map((size) => ({ name, size, work, input: inputFor(size, over), times: [] as number[] })),
  );
  for (let round = -2; round < rounds; round += 1) {
    for (const { size, work, input, times } of runs) {
      const repeats = Math.max(1, Math.round(perRound / size));
      const before = process.cpuUsage();
      for (let time = 0; time < repeats; time += 1) work(input);
      const { user, system } = process.cpuUsage(before);
      // The first rounds are for the compiler.
      if (round >= 0) times.push((user + system) / repeats / size);
    }
  }
  const each = (name: string, size: number): number =>
    median(runs.find((run) => run.name === name && run.size === size)?.times ?? []);
  const ratio = (name: string, size: number): number => each(name, size) / each(name, 1000);
  return {
    title: 'CPU of planning, for each instance, as a ratio to a fleet of 1,000',
    method: `Median of ${rounds} interleaved rounds, user and system time. A random fleet is planned, and the decisions of a good deploy are taken one after the other; nothing is performed. No other tool has a planner that could be called by itself, so there is no peer.`,
    versions: { TypeScript: 'by tsx' },
    head: ['what', 'instances', 'µs an instance', 'ratio'],
    rows: runs.map(({ name, size }) => [
      name,
      size.toLocaleString('en'),
      each(name, size).toFixed(2),
      ratio(name, size).toFixed(2),
    ]),
    goals: jobs.map(({ name }) => ({
      goal: `${name}: linear, ratio at 10,000 <= 2`,
      measured: ratio(name, 10_000).toFixed(2),
      holds: ratio(name, 10_000) <= 2,
    })),
  };
}

function inputFor(size: number, over: Partial<PlanInput>): PlanInput {
  const chance = chanceOf(1);
  return { ...inputOf(fleetOf(size, chance), chance), ...over };
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
