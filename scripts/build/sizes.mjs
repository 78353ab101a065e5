// Bytes that a step loads: at its start, when it runs, and at most.

/** The driver that a section of canopy.yml needs. */
const drivers = { store: 'src/drivers/redis/redis.ts', ssh: 'src/drivers/ssh/index.ts' };

/**
 * `start`: what every call loads, --help too. `run`: with the room, the configuration and the drivers of the sections it `uses`.
 * `all`: whatever it can load.
 */
export function sizesOf(name, { outputs, bytes, uses, always }) {
  const entry = `${name}.js`;
  const wanted = uses.flatMap((section) => drivers[section] ?? []);
  const start = reach(entry, outputs, () => false);
  const run = reach(entry, outputs, (source) => isRun(source, wanted));
  const all = reach(entry, outputs, () => true);
  const total = (files) => [...always, ...files].reduce((sum, file) => sum + (bytes.get(file) ?? 0), 0);
  return { start: total(start), run: total(run), all: total(all) };
}

/** A package that is imported by itself is for a special case (live lines on a terminal). */
const isRun = (source, wanted) =>
  source.startsWith('src/drivers/') ? wanted.includes(source) : source.startsWith('src/');

function reach(file, outputs, follow, seen = new Set()) {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const { path, kind, external } of outputs.get(file)?.imports ?? []) {
    if (external) continue;
    if (kind === 'import-statement' || follow(outputs.get(path)?.entryPoint ?? ''))
      reach(path, outputs, follow, seen);
  }
  return seen;
}
