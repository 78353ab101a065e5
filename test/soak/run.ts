/**
 * `npm run soak -- NAME [--seed N] [--scale N]`: the long runs. `npm test` runs the same code at a hundredth or less. What
 * breaks a rule tells its own seed: with `--scale 0.000001` that run is done alone.
 */
import { parseArgs } from 'node:util';
import { checkAnswerFuzz } from './fuzz/answer-fuzz.ts';
import { checkDecisions } from './decisions.ts';
import { checkFaults } from './faults/faults-matrix.ts';
import { checkCarried, checkFleet } from './fleet.ts';
import { checkTraffic } from './traffic.ts';
import { checkIncidents } from './incidents.ts';
import { checkJudge } from './judge.ts';
import { checkPlainFuzz } from './fuzz/plain-fuzz.ts';
import { checkRouterFuzz } from './fuzz/router-fuzz.ts';
import { checkSshConfig } from './fuzz/ssh-config.ts';

interface Options {
  readonly runs: number;
  readonly seed: number;
  /** Of a fleet. */
  readonly instances: number;
}
type Told = Readonly<Record<string, number>> | void;

const soaks: Record<
  string,
  {
    readonly runs: number;
    readonly instances?: number;
    readonly check: (options: Options) => Told | Promise<Told>;
  }
> = {
  decisions: { runs: 1_000_000, check: checkDecisions },
  fleet: { runs: 1000, instances: 10_000, check: checkFleet },
  carry: { runs: 10_000, instances: 12, check: checkCarried },
  judge: { runs: 2000, check: checkJudge },
  // A run is a day of 10,000 targets.
  incidents: { runs: 1000, check: checkIncidents },
  'answer-fuzz': { runs: 300_000, check: checkAnswerFuzz },
  'plain-fuzz': { runs: 1_000_000, check: checkPlainFuzz },
  'router-fuzz': { runs: 100_000, check: checkRouterFuzz },
  'ssh-config': { runs: 20_000, check: checkSshConfig },
  // A run is a percent of the points: --scale 4 is every point by every way of taking it up.
  faults: { runs: 100, instances: 2, check: checkFaults },
  // A run is one second.
  traffic: { runs: 1200, check: checkTraffic },
};

const { values, positionals } = parseArgs({
  options: { seed: { type: 'string' }, scale: { type: 'string' }, instances: { type: 'string' } },
  allowPositionals: true,
});
const name = positionals[0] ?? '';
const soak = Object.hasOwn(soaks, name) ? soaks[name] : undefined;
if (soak === undefined) {
  console.error(
    `npm run soak -- NAME [--seed N] [--scale 0.01] [--instances N], one of: ${Object.keys(soaks).join(', ')}`,
  );
  process.exit(2);
}
const seed = Number(values.seed ?? Date.now() % 2 ** 31);
const runs = Math.max(1, Math.round(soak.runs * Number(values.scale ?? 1)));
console.log(`${name}: ${runs} runs, seed ${seed}`);
const started = Date.now();
const told = await soak.check({ runs, seed, instances: Number(values.instances ?? soak.instances ?? 0) });
for (const [what, count] of Object.entries(told ?? {})) console.log(`  ${what}: ${count}`);
console.log(`${name}: all ${runs} runs held, ${((Date.now() - started) / 1000).toFixed(0)} s, seed ${seed}`);
