// For `node --import`: tells at the end which files of dist/ the program has read, with their sizes, in the file LOADED_FILES.
import fs from 'node:fs';
import { createRequire, syncBuiltinESMExports } from 'node:module';

const { cache } = createRequire(import.meta.url);
const read = fs.readFileSync;
const sizes = new Map();
const note = (file) => {
  if (typeof file === 'string' && /\/dist\/.*\.js$/.test(file)) sizes.set(file, fs.statSync(file).size);
};
fs.readFileSync = (file, ...more) => {
  note(file);
  return read(file, ...more);
};
syncBuiltinESMExports();
process.on('exit', () => {
  // What Node loads itself.
  Object.keys(cache).forEach(note);
  fs.writeFileSync(process.env.LOADED_FILES, JSON.stringify([...sizes]));
});
