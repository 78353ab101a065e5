// Whether the generated files are what `npm run generate` makes of the sources.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './console.mjs';
import { run } from './run.mjs';

const places = ['vars', 'resources', 'docs', 'package.json'];

/** Generates, and returns what is wrong: the output of a failure, or the files that were not up to date (now they are). */
export async function staleFiles() {
  if (!existsSync(join(root, 'scripts/generate.ts'))) return 'scripts/generate.ts is missing';
  const before = hashes();
  const { code, output } = await run(
    'generate',
    [process.execPath, '--import', 'tsx', 'scripts/generate.ts'],
    { cwd: root },
  );
  if (code !== 0) return `generate failed (exit ${code}):\n${output}`;
  const after = hashes();
  const changed = [...new Set([...before.keys(), ...after.keys()])].filter(
    (path) => before.get(path) !== after.get(path),
  );
  if (changed.length === 0) return null;
  return `generated files were not up to date; commit what \`npm run generate\` writes: ${changed.sort().join(', ')}`;
}

function hashes() {
  const found = new Map();
  const add = (path) => {
    const full = join(root, path);
    if (!existsSync(full)) return;
    if (statSync(full).isDirectory()) for (const name of readdirSync(full)) add(`${path}/${name}`);
    else found.set(path, createHash('sha256').update(readFileSync(full)).digest('hex'));
  };
  for (const place of places) add(place);
  return found;
}
