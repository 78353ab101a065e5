import { join } from 'node:path';
import { build } from 'esbuild';

/** Bundles test/support/worlds/killed.ts into the folder: a program that starts fast enough to be killed a hundred times. */
export async function buildKilled(folder: string): Promise<string> {
  const outfile = join(folder, 'killed.cjs');
  await build({
    entryPoints: [join(import.meta.dirname, 'killed.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20.19',
    logLevel: 'error',
    external: ['cpu-features', '*.node'],
    banner: { js: `const ownUrl = require('node:url').pathToFileURL(__filename).href;` },
    define: { __CANOPY_VERSION__: '"0.0.0-killed"', 'import.meta.url': 'ownUrl' },
  });
  return outfile;
}
