// Bundles each step into one entry with shared chunks: dist/steps/<step>.js, dist/canopy.js and dist/bin/*.
// The folder steps/ is the registry: nothing is listed by hand.
import { chmodSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
// Built beside the old one and put in its place at the end: a build that fails leaves what was there.
const out = join(root, `dist.${process.pid}`);
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const steps = readdirSync(join(root, 'steps'))
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.replace(/\.ts$/, ''))
  .sort();

const entries = new Map([...steps.map((step) => [`steps/${step}`, runStep(step)]), ['canopy', dispatcher()]]);

process.on('exit', () => rmSync(out, { recursive: true, force: true }));
const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: Object.fromEntries([...entries.keys()].map((name) => [name, `entry:${name}`])),
  outdir: out,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  chunkNames: 'chunks/[name]-[hash]',
  minify: true,
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
  external: ['cpu-features', '*.node'],
  define: { __CANOPY_VERSION__: JSON.stringify(version) },
  // CommonJS packages call require for node's own modules.
  banner: {
    js: "import{createRequire as nodeRequire}from'node:module';const require=nodeRequire(import.meta.url),__dirname=import.meta.dirname;",
  },
  plugins: [virtualEntries()],
});

mkdirSync(join(out, 'bin'));
writeBin('canopy', '../canopy.js');
for (const step of steps) writeBin(`canopy-${step}`, `../steps/${step}.js`);
writeFileSync(join(out, 'meta.json'), JSON.stringify(sizes(metafile), null, 1));
writeFileSync(
  join(out, 'package.json'),
  JSON.stringify({ name: 'canopy-delivery', version, type: 'module' }),
);
rmSync(join(root, 'dist'), { recursive: true, force: true });
renameSync(out, join(root, 'dist'));
console.log(`built ${steps.length} steps, version ${version}`);

function runStep(step) {
  return `import step from './steps/${step}.ts'; import { main } from './src/step/main.ts'; await main(step, process.argv.slice(2));`;
}

function dispatcher() {
  const table = steps.map((step) => `${JSON.stringify(step)}: () => import('./steps/${step}.ts')`).join(', ');
  return `import { dispatch } from './src/step/dispatch.ts'; await dispatch({ ${table} }, process.argv.slice(2));`;
}

function virtualEntries() {
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

function writeBin(name, target) {
  const file = join(out, 'bin', `${name}.js`);
  writeFileSync(file, `#!/usr/bin/env node\nimport '${target}';\n`);
  chmodSync(file, 0o755);
}

/** Bytes that a step loads at its start, and all it can load. */
function sizes({ outputs }) {
  const reach = (file, seen, dynamic) => {
    if (seen.has(file)) return seen;
    seen.add(file);
    for (const item of outputs[file]?.imports ?? []) {
      if (!item.external && (dynamic || item.kind === 'import-statement')) reach(item.path, seen, dynamic);
    }
    return seen;
  };
  const total = (files) => [...files].reduce((sum, file) => sum + (outputs[file]?.bytes ?? 0), 0);
  return Object.fromEntries(
    [...entries.keys()].map((name) => {
      const file = `dist.${process.pid}/${name}.js`;
      return [
        name,
        { start: total(reach(file, new Set(), false)), all: total(reach(file, new Set(), true)) },
      ];
    }),
  );
}
