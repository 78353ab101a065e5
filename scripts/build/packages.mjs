// What the build changes in packages, for a faster start alone: what Canopy uses of them behaves the same. The figures stand in
// docs/decisions/0008-start-up.md. Each edit names the text that it replaces: when a new version of the package reads otherwise, the
// build fails, and the edit is to be looked at again or dropped. Nothing depends on one.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { transformSync } from 'esbuild';
import { edits } from './edits.mjs';

/**
 * The table of all 300 commands of Redis, from which ioredis makes its methods. It looks up in it which arguments are keys, for a
 * cluster, and what a server that still loads its data answers, which is never asked: it has said that it is ready.
 */
const commandTable = /\/@ioredis\/commands\/built\/index\.js$/;

/** Packages whose files for browsers are ES modules, from which what is not used falls out; for Node they have CommonJS. */
export const modules = { yaml: 'yaml/browser/dist/index.js' };

/** What reads YAML in this build, in short: what another one has parsed is not believed. */
export function parserOf(root) {
  const files = [
    'node_modules/yaml/package.json',
    'src/config/file/yaml.ts',
    'src/config/fields/scalar.ts',
    'src/config/file/interpolate.ts',
  ];
  const hash = createHash('sha256');
  for (const file of files) hash.update(readFileSync(join(root, file)));
  return hash.digest('hex').slice(0, 16);
}

/** Edits the packages; with `all` an edit that finds nothing to do is an error. */
export function editedPackages(root, { all = true } = {}) {
  const made = new Set();
  return {
    name: 'edited-packages',
    setup(plugin) {
      for (const edit of edits)
        plugin.onLoad({ filter: edit.file }, ({ path }) => {
          made.add(edit);
          return edited(readFileSync(path, 'utf8'), path, edit.replace);
        });
      plugin.onLoad({ filter: commandTable }, async ({ path }) => {
        const table = JSON.parse(readFileSync(path.replace('index.js', 'commands.json'), 'utf8'));
        const commands = await spoken(root);
        const unknown = commands.filter((name) => table[name] === undefined);
        if (unknown.length > 0) return { errors: [{ text: `${path} does not know: ${unknown.join(', ')}` }] };
        const contents = `exports.list = ${JSON.stringify(commands)}; exports.exists = () => false;`;
        return { contents, loader: 'js' };
      });
      plugin.onEnd(() => ({
        errors: edits
          .filter((edit) => all && !made.has(edit))
          .map(({ file }) => ({
            text: `scripts/build/edits.mjs edits ${file}, which is not in the bundle`,
          })),
      }));
    },
  };
}

/** The commands of src/drivers/redis/commands.ts. `sentinel` gets its method without the table. */
async function spoken(root) {
  const text = readFileSync(join(root, 'src/drivers/redis/commands.ts'), 'utf8');
  const { code } = transformSync(text, { loader: 'ts', format: 'esm' });
  const { ourCommands, itsCommands } = await import(`data:text/javascript,${encodeURIComponent(code)}`);
  return [...ourCommands, ...itsCommands].filter((name) => name !== 'sentinel').sort();
}

function edited(text, path, replace) {
  const stands = (from) =>
    typeof from === 'string' ? text.split(from).length === 2 : text.search(from) !== -1;
  const missing = replace.filter(([from]) => !stands(from));
  if (missing.length > 0)
    return {
      errors: missing.map(([from]) => ({
        text: `scripts/build/edits.mjs: ${path} has not once: ${from}`,
      })),
    };
  return {
    contents: replace.reduce(
      (now, [from, to]) => now.replace(from, typeof from === 'string' ? () => to : to),
      text,
    ),
    loader: 'js',
  };
}
