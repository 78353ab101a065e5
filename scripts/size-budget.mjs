// What the steps of the last build load, in bytes, beside what they may (test/rules/size-budget.json).
// `node scripts/size-budget.mjs --write` allows what there is and a tenth more: say in the commit why a step has grown.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const file = join(root, 'test/rules/size-budget.json');
const kinds = ['start', 'run', 'all'];
if (!existsSync(join(root, 'dist/meta.json'))) {
  console.error('dist/ is missing: npm run build');
  process.exit(2);
}
const sizes = JSON.parse(readFileSync(join(root, 'dist/meta.json'), 'utf8'));
const budget = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};

for (const [name, size] of Object.entries(sizes)) {
  const words = kinds.map((kind) => `${kind} ${size[kind]} of ${budget[name]?.[kind] ?? 'none'}`);
  console.log(`${name.padEnd(16)} ${words.join(', ')}`);
}
if (process.argv.includes('--write')) {
  const allowed = Object.entries(sizes).map(([name, size]) => [
    name,
    Object.fromEntries(kinds.map((kind) => [kind, Math.ceil((size[kind] * 1.1) / 1000) * 1000])),
  ]);
  writeFileSync(file, `${JSON.stringify(Object.fromEntries(allowed), null, 2)}\n`);
  console.log('written');
}
