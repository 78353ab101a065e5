// The loader of the files that are built (src/step/start/loader.ts): every entry begins with it, and gets its `require`.
import { build } from 'esbuild';
import { helpers } from './commonjs.mjs';

const sourceWith = ({ code, names }) => `import { join } from 'node:path';
import { compiledCode } from './src/step/start/compile-cache.ts';
import { openDiskCache } from './src/step/start/disk-cache.ts';
import { loader } from './src/step/start/loader.ts';
${code}
const kept = openDiskCache(process.env);
const compiled = kept && compiledCode(kept);
module.exports = loader(join(__dirname, 'chunks'), { native: require, helpers: [${names}], compiled });`;

export const loaderFile = 'load.js';

/** What the entry of that name begins with. */
export const loaderCall = (name) => `require=require('${name.includes('/') ? '..' : '.'}/${loaderFile}');`;

/** The code of the loader, for Node's own way of loading. */
export async function loaderCode(root) {
  const { outputFiles } = await build({
    absWorkingDir: root,
    stdin: { contents: sourceWith(await helpers()), resolveDir: root, loader: 'ts' },
    write: false,
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'node20.19',
    minify: true,
    legalComments: 'none',
    logLevel: 'warning',
  });
  return `"use strict";${outputFiles[0].text}`;
}
