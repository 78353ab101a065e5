// System packages of a Debian-like machine, installed so that no service starts.
import {
  accessSync,
  constants,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { say, stop } from './console.mjs';
import { run } from './run.mjs';

const mark = '# written by the set-up of Canopy, for as long as it installs packages';

/**
 * Where a program is, looking also where only root usually looks; null when it is nowhere. `fits` runs one of that name and says
 * whether it is what is needed: the first that fits counts.
 * @param {string} name
 * @param {string} [path]
 * @param {(file: string) => boolean} [fits]
 * @returns {string | null}
 */
export function findProgram(name, path = process.env.PATH ?? '', fits = () => true) {
  const folders = [...path.split(':'), '/usr/sbin', '/sbin'].filter((folder) => folder !== '');
  return folders.map((folder) => join(folder, name)).find((file) => isExecutable(file) && fits(file)) ?? null;
}

/**
 * Those of `{ program, apt, fits, what, replaces }` that this machine lacks; `apt` is a package or a list of them. `what` says in
 * words which one fits, `replaces` which package goes when it is installed.
 */
export const missingPrograms = (programs) =>
  programs.filter(({ program, fits }) => findProgram(program, undefined, fits) === null);

/** What is missing, in words. */
export const namesOf = (programs) => programs.map(({ program, what }) => what ?? program).join(', ');

/** Installs them, as root, after asking; says what to do, and ends the process with 2, where it cannot. */
export async function installSystem(missing, { yes }) {
  if (missing.length === 0) return;
  const packages = [...new Set(missing.flatMap(({ apt }) => apt))];
  const command = `apt-get install --no-install-recommends ${packages.join(' ')}`;
  const names = namesOf(missing);
  if (findProgram('apt-get') === null)
    stop(2, `missing: ${names}; this machine has no apt-get: install them by its own means`);
  if (process.getuid?.() !== 0) stop(2, `missing: ${names}; run as root, or have them installed: ${command}`);
  say(`missing: ${names}`);
  say(`this installs the Debian packages ${packages.join(', ')} (${command}); no service is started`);
  for (const { program, apt, replaces } of missing) {
    if (replaces !== undefined && findProgram(program) !== null)
      say(`${apt} takes the place of the package ${replaces}`);
  }
  if (!yes && !(await agreed())) stop(2, 'nothing was installed; --yes answers the question');
  await withoutServices((stopped) => install(packages, stopped));
  const still = missingPrograms(missing);
  if (still.length > 0) stop(1, `still missing after the installation: ${namesOf(still)}`);
  say(
    `installed, and staying installed: ${packages.join(', ')} (apt-get purge ${packages.join(' ')} removes them)`,
  );
}

async function agreed() {
  if (!process.stdin.isTTY) stop(2, 'nobody can be asked here; run again with --yes');
  const line = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return /^y(es)?$/i.test((await line.question('Go on? [y/N] ')).trim());
  } finally {
    line.close();
  }
}

/** Puts a policy-rc.d in place that forbids every start, and puts back what stood there, also when a signal comes. */
export async function withoutServices(work, file = '/usr/sbin/policy-rc.d') {
  const kept = `${file}.canopy-kept`;
  let signal = null;
  const note = (name) => (signal = name);
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const name of signals) process.on(name, note);
  // A file with our mark was left by a set-up that was killed; what it had put aside is then the one to put back.
  if (existsSync(file) && !readFileSync(file, 'utf8').includes(mark)) renameSync(file, kept);
  writeFileSync(file, `#!/bin/sh\n${mark}\nexit 101\n`, { mode: 0o755 });
  try {
    await work(() => signal !== null);
  } finally {
    if (existsSync(kept)) renameSync(kept, file);
    else rmSync(file, { force: true });
    for (const name of signals) process.off(name, note);
  }
  if (signal !== null) stop(1, `stopped by ${signal} while packages were being installed`);
}

async function install(packages, stopped) {
  const attempt = () => apt('install', '-y', '--no-install-recommends', ...packages);
  if (!listsAreFresh()) await update();
  let done = await attempt();
  if (done.code !== 0 && !stopped()) {
    await update();
    done = await attempt();
  }
  if (done.code === 0 || stopped()) return;
  console.error(done.output.split('\n').slice(-30).join('\n'));
  throw new Error(`apt-get could not install ${packages.join(', ')} (exit ${done.code})`);
}

async function update() {
  const { code, output } = await apt('update');
  if (code !== 0) say(`apt-get update failed (exit ${code}): ${output.trim().split('\n').at(-1)}`);
}

const apt = (...words) =>
  run(
    `apt-get ${words[0]}`,
    ['apt-get', '-q', '-o', 'DPkg::Lock::Timeout=300', '-o', 'Dpkg::Use-Pty=0', ...words],
    {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' },
    },
  );

/** Whether package lists are there and not older than a day. */
function listsAreFresh(folder = '/var/lib/apt/lists') {
  if (!existsSync(folder)) return false;
  const lists = readdirSync(folder).filter((name) => name.includes('_Packages'));
  return lists.some((name) => Date.now() - statSync(join(folder, name)).mtimeMs < 86_400_000);
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    // Not there, or not for us: the next folder is looked at.
    return false;
  }
}
