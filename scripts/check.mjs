// npm run check: everything that is fast, two parts at a time, told in order; after one that fails no other is begun.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { dim, green, red, root, seconds } from './support/console.mjs';
import { staleFiles } from './support/generated.mjs';
import { run } from './support/run.mjs';

const bin = (path) => join(root, 'node_modules', path);
const parts = [
  ['generated files', staleFiles],
  [
    'format',
    node(bin('prettier/bin/prettier.cjs'), '--check', ...cached('prettier'), '--log-level', 'warn', '.'),
  ],
  ['lint', node(bin('eslint/bin/eslint.js'), ...cached('eslint'), '.')],
  ['types', node(bin('typescript/bin/tsc'), '--noEmit')],
  ['unit tests', node(bin('mocha/bin/mocha.js'), '--reporter', 'dot')],
];

if (!existsSync(bin('mocha'))) {
  console.error(red('npm packages are missing: npm ci'));
  process.exit(2);
}
const running = [];
let next = 0;
let failed = false;
const begin = () => {
  if (failed || next === parts.length) return;
  const [, part] = parts[next];
  const started = Date.now();
  running[next] = part().then((wrong) => {
    failed ||= wrong !== null;
    begin();
    return { wrong, took: Date.now() - started };
  });
  next += 1;
};
// What is generated is there before the others read it.
begin();
await running[0];
begin();
for (let at = 0; at < running.length; at += 1) {
  const { wrong, took } = await running[at];
  console.log(`${wrong === null ? green('ok    ') : red('FAILED')} ${parts[at][0]} ${dim(seconds(took))}`);
  if (wrong !== null) console.error(wrong);
}
process.exit(failed ? 1 : 0);

/** Files that have not changed since they were found right are not read again; both tools go by the content. */
function cached(tool) {
  return ['--cache', '--cache-strategy', 'content', '--cache-location', bin(`.cache/canopy-${tool}`)];
}

/** A part that is a program: null when it succeeds, else its output. */
function node(...argv) {
  return async () => {
    const { code, output } = await run(argv[0], [process.execPath, ...argv], { cwd: root });
    return code === 0 ? null : `${output}\nexit ${code}`;
  };
}
