// Turns what esbuild has split, which it does for ES modules alone, into CommonJS: Node starts that with less work.
import { transform } from 'esbuild';

const target = 'node20.19';
/** What esbuild adds for CommonJS stands in the loader, not in each of the files anew. */
const shared = ['__export', '__toESM', '__toCommonJS'];
const words = ['exports', 'require', 'module', '__filename', '__dirname', ...shared];

/** The code of an entry, which Node loads, with `first` at its beginning. */
export async function entryCode(text, file, first) {
  const { code, url } = await commonJs(text, file, true);
  return `"use strict";${first}${url}${code}`;
}

/** The code of any other file: the function that src/step/start/loader.ts calls. Throws for more than ASCII, which it does not read. */
export async function chunkCode(text, file) {
  const { code, url } = await commonJs(text, file, false);
  const { own } = withoutHelpers(code);
  // The names of the exports again, for Node's own loader.
  const body = own.replace(
    /\n\/\/ Annotate the CommonJS export names for ESM import in node:\n0 && [^]*$/,
    '',
  );
  const whole = `file=function(${words.join(',')}){"use strict";${url}${body}}`;
  const small = await transform(whole, { target, minify: true, legalComments: 'none', sourcefile: file });
  const found = /^file=(function\([^]*\});?\s*$/.exec(small.code);
  if (found === null) throw new Error(`${file} is no function`);
  if (/[^\0-\x7f]/.test(found[1])) throw new Error(`${file} holds more than ASCII`);
  return `(${found[1]})`;
}

/** The helpers that each file gets from the loader: their code, and their names in the order of the arguments. */
export async function helpers() {
  const probe = `import a from 'a'; export const b = () => import('./b.js'); export { a };`;
  return { code: withoutHelpers((await commonJs(probe, 'probe', false)).code).helpers, names: shared };
}

/** Throws for a top-level await, and for what import.meta says besides the URL. */
async function commonJs(text, file, minify) {
  const { code } = await transform(text, {
    format: 'cjs',
    platform: 'node',
    target,
    minify,
    legalComments: 'none',
    supported: { 'dynamic-import': false },
    define: { 'import.meta.url': 'ownUrl' },
    sourcefile: file,
  });
  if (/\bimport\.meta\b/.test(code)) throw new Error(`${file}: import.meta has only url here`);
  const url = /\bownUrl\b/.test(code)
    ? `const ownUrl=require('node:url').pathToFileURL(__filename).href;`
    : '';
  return { code, url };
}

const known = [
  ...['__create', '__defProp', '__getOwnPropDesc', '__getOwnPropNames', '__getProtoOf', '__hasOwnProp'],
  ...['__copyProps', ...shared],
];

/** The helpers stand first, each from a `var __name = ` in the first column to the next. */
function withoutHelpers(code) {
  const lines = code.split('\n');
  const end = lines.findIndex((line) => !/^(var __\w+ = |[ )}])/.test(line));
  const helpers = lines.slice(0, end).join('\n');
  const unknown = [...helpers.matchAll(/^var (__\w+)/gm)]
    .map(([, name]) => name)
    .filter((name) => !known.includes(name));
  if (unknown.length > 0)
    throw new Error(`esbuild adds what scripts/build/commonjs.mjs does not know: ${unknown}`);
  return { helpers, own: lines.slice(end).join('\n') };
}
