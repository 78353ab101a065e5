// What the demo and the tests need before they can run. Plain Node: this runs before the first npm install.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, say, stop } from './support/console.mjs';
import { runQuietly } from './support/run.mjs';
import { installSystem, missingPrograms, namesOf } from './support/system.mjs';

/** Splits the command line into what set-up understands and the rest. */
export function setupOptions(argv, env = process.env) {
  return {
    yes: argv.includes('--yes') || env.CI === 'true',
    install: !argv.includes('--no-install'),
    rest: argv.filter((word) => word !== '--yes' && word !== '--no-install'),
  };
}

/**
 * Everything in one go: Node, system packages, npm packages, build. Ends the process with 2 when something is missing
 * that may not be installed here.
 */
export async function setUp(options, programs) {
  ensureNode();
  const missing = missingPrograms(programs);
  if (!options.install) listMissing(missing);
  await installSystem(missing, options);
  await ensureNpmPackages();
  await ensureBuild();
}

export function ensureNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19))
    stop(2, `Node ${process.versions.node} is too old: 20.19 or newer is needed`);
}

/** Runs `npm ci` when node_modules is not what package-lock.json says. */
export async function ensureNpmPackages() {
  if (npmPackagesAreThere()) return;
  say('npm packages: installing them into node_modules (npm ci)');
  const npm = process.env.npm_execpath ? [process.execPath, process.env.npm_execpath] : ['npm'];
  await runQuietly('npm ci', [...npm, 'ci', '--no-audit', '--no-fund'], { cwd: root });
}

/** Runs the build when dist/ is not built from the sources as they are. */
export async function ensureBuild() {
  const stamp = join(root, 'dist', '.built-from');
  const now = hashOfSources();
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === now) return;
  say('build: dist/');
  await runQuietly('build', [process.execPath, 'scripts/build.mjs'], { cwd: root });
  writeFileSync(stamp, now);
}

function listMissing(programs) {
  const missing = [
    ...programs.map((each) => `${namesOf([each])} (system package ${each.apt})`),
    ...(npmPackagesAreThere() ? [] : ['npm packages (npm ci)']),
  ];
  if (missing.length > 0) stop(2, `missing: ${missing.join(', ')}`);
}

/** npm keeps a copy of the lock file for what it has installed. */
function npmPackagesAreThere() {
  const installed = packagesOf('node_modules/.package-lock.json');
  return Object.entries(packagesOf('package-lock.json')).every(
    ([path, { version, optional }]) => path === '' || optional || installed[path]?.version === version,
  );
}

function packagesOf(file) {
  const path = join(root, file);
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')).packages ?? {}) : {};
}

function hashOfSources() {
  const hash = createHash('sha256');
  const add = (path) => {
    if (statSync(join(root, path)).isDirectory()) {
      for (const name of readdirSync(join(root, path)).sort()) add(`${path}/${name}`);
    } else hash.update(`${path}\0`).update(readFileSync(join(root, path)));
  };
  for (const path of [
    'package.json',
    'package-lock.json',
    'scripts/build',
    'scripts/build.mjs',
    'resources',
    'src',
    'steps',
  ]) {
    if (existsSync(join(root, path))) add(path);
  }
  return hash.digest('hex');
}
