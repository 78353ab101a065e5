// Turns what esbuild has split, which it does for ES modules alone, into CommonJS: Node starts that with less work.
import { transform } from 'esbuild';

/** The code of one output file as CommonJS, with `first` at its beginning. Throws for a top-level await, and for what import.meta says besides the URL. */
export async function toCommonJs(text, file, first = '') {
  const { code } = await transform(text, {
    format: 'cjs',
    platform: 'node',
    target: 'node20.19',
    minify: true,
    legalComments: 'none',
    supported: { 'dynamic-import': false },
    define: { 'import.meta.url': 'ownUrl' },
    sourcefile: file,
  });
  if (/\bimport\.meta\b/.test(code)) throw new Error(`${file}: import.meta has only url here`);
  const url = /\bownUrl\b/.test(code)
    ? `const ownUrl=require('node:url').pathToFileURL(__filename).href;`
    : '';
  return `"use strict";${first}${url}${code}`;
}
