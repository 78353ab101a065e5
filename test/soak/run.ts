/** `npm run soak -- NAME [--seed N] [--scale N]`: the long runs. `npm test` runs the same code at a hundredth or less. */
import { parseArgs } from 'node:util';
import { checkDecisions } from './decisions.ts';

const soaks: Record<
  string,
  { readonly runs: number; readonly check: (options: { runs: number; seed: number }) => void | Promise<void> }
> = {
  decisions: { runs: 1_000_000, check: checkDecisions },
};

const { values, positionals } = parseArgs({
  options: { seed: { type: 'string' }, scale: { type: 'string' } },
  allowPositionals: true,
});
const name = positionals[0] ?? '';
const soak = Object.hasOwn(soaks, name) ? soaks[name] : undefined;
if (soak === undefined) {
  console.error(`npm run soak -- NAME [--seed N] [--scale 0.01], one of: ${Object.keys(soaks).join(', ')}`);
  process.exit(2);
}
const seed = Number(values.seed ?? Date.now() % 2 ** 31);
const runs = Math.max(1, Math.round(soak.runs * Number(values.scale ?? 1)));
console.log(`${name}: ${runs} runs, seed ${seed}`);
const started = Date.now();
await soak.check({ runs, seed });
console.log(`${name}: all ${runs} runs held, ${((Date.now() - started) / 1000).toFixed(0)} s, seed ${seed}`);
