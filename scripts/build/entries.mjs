// What is bundled: an entry for each file in steps/, and the dispatcher. Nothing is listed by hand.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Names of the steps, sorted. */
export const stepsOf = (root) =>
  readdirSync(join(root, 'steps'))
    .filter((file) => file.endsWith('.ts'))
    .map((file) => file.replace(/\.ts$/, ''))
    .sort();

/** Output name (without .js) -> the source of its entry. */
export const entriesOf = (steps) =>
  new Map([...steps.map((step) => [`steps/${step}`, stepEntry(step)]), ['canopy', dispatcher(steps)]]);

/** Gives esbuild the sources of the entries, which stand in no file. */
export function virtualEntries(entries, root) {
  return {
    name: 'entries',
    setup(plugin) {
      plugin.onResolve({ filter: /^entry:/ }, ({ path }) => ({
        path: path.slice('entry:'.length),
        namespace: 'entry',
      }));
      plugin.onLoad({ filter: /.*/, namespace: 'entry' }, ({ path }) => ({
        contents: entries.get(path),
        loader: 'ts',
        resolveDir: root,
      }));
    },
  };
}

const words = 'process.argv.slice(2)';

const stepEntry = (step) => `import step from './steps/${step}.ts';
import { main } from './src/step/main.ts';
import { start } from './src/step/start/start.ts';
start(() => main(step, ${words}));`;

const dispatcher = (steps) => `import { dispatch } from './src/step/dispatch.ts';
import { start } from './src/step/start/start.ts';
start(() => dispatch({ ${steps.map((step) => `${JSON.stringify(step)}: () => import('./steps/${step}.ts')`).join(', ')} }, ${words}));`;
