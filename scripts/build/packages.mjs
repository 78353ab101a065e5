// What the build changes in packages, for a faster start alone: what Canopy uses of them behaves the same. The figures stand in
// docs/decisions/0008-start-up.md. Each edit names the text that it replaces: when a new version of the package reads otherwise, the
// build fails, and the edit is to be looked at again or dropped. Nothing depends on one.
import { readFileSync } from 'node:fs';

const edits = [
  {
    // V8 keeps a prototype in its fast form, in which each of the 1,000 methods that are added one by one copies all before it.
    // One that has lost a property is a hash table, until it is used.
    file: /\/ioredis\/built\/utils\/Commander\.js$/,
    replace: [
      [
        'commands.forEach(function (commandName) {\n    Commander.prototype[commandName]',
        `Object.assign(Commander.prototype, { one: 0, two: 0 });
delete Commander.prototype.one;
delete Commander.prototype.two;
commands.forEach(function (commandName) {\n    Commander.prototype[commandName]`,
      ],
    ],
  },
  {
    // Canopy knows a server and Sentinels. The classes for a cluster are a fifth of the client.
    file: /\/ioredis\/built\/Redis\.js$/,
    replace: [['const cluster_1 = require("./cluster");', 'const cluster_1 = {};']],
  },
  {
    file: /\/ioredis\/built\/index\.js$/,
    replace: [['var cluster_1 = require("./cluster");', 'var cluster_1 = {};']],
  },
  {
    // Canopy is no SSH server, makes no keys, and has its own HTTP over SSH.
    file: /\/ssh2\/lib\/index\.js$/,
    replace: [
      ["Server: require('./server.js'),", ''],
      ["...require('./keygen.js'),", ''],
      ["} = require('./http-agents.js');", '} = {};'],
      ["} = require('./protocol/SFTP.js');", '} = {};'],
    ],
  },
  {
    // Files go over by cat: SFTP is a sixth of the library.
    file: /\/ssh2\/lib\/(client|utils)\.js$/,
    replace: [["const { SFTP } = require('./protocol/SFTP.js');", 'const SFTP = null;']],
  },
];

/** A table of 100 KB: it is read faster as JSON than as a program. */
const asJson = /\/@ioredis\/commands\/built\/commands\.json$/;

/** Packages whose files for browsers are ES modules, from which what is not used falls out; for Node they have CommonJS. */
export const modules = { yaml: 'yaml/browser/dist/index.js' };

export function editedPackages() {
  const made = new Set();
  return {
    name: 'edited-packages',
    setup(plugin) {
      for (const edit of edits)
        plugin.onLoad({ filter: edit.file }, ({ path }) => {
          made.add(edit);
          return edited(readFileSync(path, 'utf8'), path, edit.replace);
        });
      plugin.onLoad({ filter: asJson }, ({ path }) => {
        const text = JSON.stringify(JSON.parse(readFileSync(path, 'utf8')));
        return { contents: `module.exports = JSON.parse(${JSON.stringify(text)});`, loader: 'js' };
      });
      plugin.onEnd(() => ({
        errors: edits
          .filter((edit) => !made.has(edit))
          .map(({ file }) => ({
            text: `scripts/build/packages.mjs edits ${file}, which is not in the bundle`,
          })),
      }));
    },
  };
}

function edited(text, path, replace) {
  const missing = replace.filter(([from]) => text.split(from).length !== 2);
  if (missing.length > 0)
    return {
      errors: missing.map(([from]) => ({
        text: `scripts/build/packages.mjs: ${path} has not once: ${from}`,
      })),
    };
  return { contents: replace.reduce((now, [from, to]) => now.replace(from, () => to), text), loader: 'js' };
}
