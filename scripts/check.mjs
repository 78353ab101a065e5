// npm run check: everything that is fast, in order; stops at the first part that fails.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { dim, green, red, root, seconds } from './support/console.mjs';
import { staleFiles } from './support/generated.mjs';
import { run } from './support/run.mjs';

const bin = (path) => join(root, 'node_modules', path);
const parts = [
  ['generated files', staleFiles],
  ['format', node(bin('prettier/bin/prettier.cjs'), '--check', '--log-level', 'warn', '.')],
  ['lint', node(bin('eslint/bin/eslint.js'), '.')],
  ['types', node(bin('typescript/bin/tsc'), '--noEmit')],
  ['unit tests', node(bin('mocha/bin/mocha.js'), '--reporter', 'dot')],
];

if (!existsSync(bin('mocha'))) {
  console.error(red('npm packages are missing: npm ci'));
  process.exit(2);
}
for (const [title, part] of parts) {
  const started = Date.now();
  const wrong = await part();
  console.log(
    `${wrong === null ? green('ok    ') : red('FAILED')} ${title} ${dim(seconds(Date.now() - started))}`,
  );
  if (wrong === null) continue;
  console.error(wrong);
  process.exit(1);
}

/** A part that is a program: null when it succeeds, else its output. */
function node(...argv) {
  return async () => {
    const { code, output } = await run(argv[0], [process.execPath, ...argv], { cwd: root });
    return code === 0 ? null : `${output}\nexit ${code}`;
  };
}
