// Bundles each step into one entry with shared chunks: dist/steps/<step>.js, dist/canopy.js and dist/bin/*.
// The folder steps/ is the registry: nothing is listed by hand.
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { chunkCode, entryCode } from './build/commonjs.mjs';
import { entriesOf, stepsOf, virtualEntries } from './build/entries.mjs';
import { loaderCall, loaderCode, loaderFile } from './build/loader.mjs';
import { editedPackages, modules, parserOf } from './build/packages.mjs';
import { sizesOf } from './build/sizes.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
// Built beside the old one and put in its place at the end: a build that fails leaves what was there.
const out = join(root, `dist.${process.pid}`);
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const steps = stepsOf(root);
const entries = entriesOf(steps);

process.on('exit', () => rmSync(out, { recursive: true, force: true }));
const { metafile, outputFiles } = await build({
  absWorkingDir: root,
  entryPoints: Object.fromEntries([...entries.keys()].map((name) => [name, `entry:${name}`])),
  outdir: out,
  write: false,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  chunkNames: 'chunks/[hash]',
  minify: true,
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
  external: ['cpu-features', '*.node'],
  alias: Object.fromEntries(
    Object.entries(modules).map(([name, file]) => [name, join(root, 'node_modules', file)]),
  ),
  define: {
    __CANOPY_VERSION__: JSON.stringify(version),
    __CANOPY_PARSER__: JSON.stringify(parserOf(root)),
  },
  plugins: [virtualEntries(entries, root), editedPackages(root)],
});

const bytes = new Map();
for (const { path, text } of outputFiles) {
  const file = relative(out, path);
  const name = file.replace(/\.js$/, '');
  write(
    file,
    entries.has(name) ? await entryCode(text, file, loaderCall(name)) : await chunkCode(text, file),
  );
}
write(loaderFile, await loaderCode(root));
mkdirSync(join(out, 'bin'));
writeBin('canopy', '../canopy.js');
for (const step of steps) writeBin(`canopy-${step}`, `../steps/${step}.js`);
writeFileSync(join(out, 'meta.json'), JSON.stringify(sizes(), null, 1));
writeFileSync(
  join(out, 'package.json'),
  JSON.stringify({ name: 'canopy-delivery', version, type: 'commonjs' }),
);
rmSync(join(root, 'dist'), { recursive: true, force: true });
renameSync(out, join(root, 'dist'));
console.log(`built ${steps.length} steps, version ${version}`);

function write(file, code) {
  mkdirSync(dirname(join(out, file)), { recursive: true });
  writeFileSync(join(out, file), code);
  bytes.set(file, Buffer.byteLength(code));
}

function writeBin(name, target) {
  const file = join(out, 'bin', `${name}.js`);
  writeFileSync(file, `#!/usr/bin/env node\nrequire('${target}');\n`);
  chmodSync(file, 0o755);
}

function sizes() {
  const outputs = new Map(
    Object.entries(metafile.outputs).map(([file, output]) => [
      inside(file),
      { ...output, imports: output.imports.map((item) => ({ ...item, path: inside(item.path) })) },
    ]),
  );
  return Object.fromEntries(
    [...entries.keys()].map((name) => [
      name,
      sizesOf(name, { outputs, bytes, uses: usesOf(name), always: [loaderFile] }),
    ]),
  );
}

/** Paths in the metafile begin with the folder that is built into. */
function inside(path) {
  return path.startsWith('dist.') ? path.slice(path.indexOf('/') + 1) : path;
}

/** The sections that a step declares. */
function usesOf(name) {
  if (!steps.includes(name.replace('steps/', ''))) return [];
  const found = /^ {2}uses: \[(.*)\],$/m.exec(readFileSync(join(root, `${name}.ts`), 'utf8'));
  if (found === null) throw new Error(`${name}.ts declares no uses`);
  return found[1].split(',').map((word) => word.replace(/[ ']/g, ''));
}
