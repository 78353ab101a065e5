// Everything that the demo starts and writes, in one place, so that all of it can be taken away again.
import { randomBytes } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProgram } from '../support/system.mjs';
import { root } from '../support/console.mjs';
import { configText } from './config.mjs';
import { freePorts, listens, startDaemon, stopDaemon, waitFor } from './daemons.mjs';
import { makeRepository } from './repository.mjs';
import { ensureRunSshd, startServers } from './servers.mjs';

export const productionNames = ['web-1', 'web-2', 'web-3', 'web-4', 'web-5'];
export const canaryNames = ['canary-1'];

/** The temporary folder and the ports; nothing runs yet. */
export async function makeWorld() {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'canopy-demo-')));
  const names = [...productionNames, ...canaryNames];
  const ports = await freePorts(names.length * 2 + 3);
  const [redis, router, admin] = ports.slice(names.length * 2);
  for (const name of ['logs', 'tmp', 'redis', 'state']) mkdirSync(join(folder, name));
  const token = randomBytes(24).toString('hex');
  return {
    folder,
    names,
    ports,
    redis,
    router,
    admin,
    token,
    repository: join(folder, 'repository'),
    env: environment(folder, token),
    servers: [],
    // More variables for a server, by its name.
    variables: {},
    daemons: [],
    visitors: null,
    step: null,
    // What the story found, once it is told.
    told: null,
    closing: false,
    undo: () => undefined,
  };
}

/** Starts Redis and the servers, and makes the repository. */
export async function openWorld(world) {
  const { folder, names, ports, redis } = world;
  const own = (daemon) => adopt(world, daemon);
  const options = ['--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', join(folder, 'redis')];
  const argv = [findProgram('redis-server'), '--port', String(redis), ...options];
  await startDaemon({ name: 'redis-server', argv, log: join(folder, 'logs', 'redis.log'), port: redis, own });
  world.undo = ensureRunSshd();
  world.servers = await startServers({ folder, names, ports, own });
  for (const server of world.servers) server.env = world.variables[server.name];
  const production = world.servers.filter(({ name }) => productionNames.includes(name));
  const canary = world.servers.filter(({ name }) => canaryNames.includes(name));
  makeRepository(world.repository, configText({ ...world, production, canary }));
}

/** `canopy router`, as a service would run it. */
export async function startRouter(world) {
  const argv = [process.execPath, join(root, 'dist', 'canopy.js'), 'router'];
  const log = join(world.folder, 'logs', 'router.log');
  const own = (daemon) => adopt(world, daemon);
  await startDaemon({
    name: 'router',
    argv,
    log,
    port: world.router,
    own,
    env: world.env,
    cwd: world.repository,
  });
}

/** Ends all that was started, removes the folder, and returns what is left all the same: nothing, one hopes. */
export async function closeWorld(world) {
  world.closing = true;
  if (world.step) await stopDaemon(world.step, 90_000);
  await world.visitors?.kill();
  const router = world.daemons.filter(({ name }) => name === 'router');
  await Promise.all(router.map((daemon) => stopDaemon(daemon)));
  // The applications were started by the servers: they are found by where they work.
  await stopBelow(join(world.folder, 'servers'));
  await Promise.all(world.daemons.map((daemon) => stopDaemon(daemon)));
  await stopBelow(world.folder);
  world.undo();
  rmSync(world.folder, { recursive: true, force: true });
  const left = [];
  for (const port of world.ports) if (await listens(port)) left.push(`port ${port} still takes connections`);
  for (const pid of processesBelow(world.folder)) left.push(`process ${pid} still runs`);
  return left;
}

function adopt(world, daemon) {
  world.daemons.push(daemon);
  if (!world.closing) return;
  daemon.child.kill('SIGKILL');
  throw new Error('the demo is being stopped');
}

/** TERM to every process that works below `folder`, and KILL when that does not help. */
async function stopBelow(folder) {
  const signal = (name) => {
    for (const pid of processesBelow(folder)) tryKill(pid, name);
  };
  signal('SIGTERM');
  const deadline = Date.now() + 10_000;
  await waitFor(`the processes below ${folder} to end`, () => {
    if (Date.now() > deadline) signal('SIGKILL');
    return processesBelow(folder).length === 0;
  });
}

/** Processes whose working folder is below `folder`, which only this demo uses. */
function processesBelow(folder) {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => workingFolder(pid).startsWith(`${folder}/`) && !isZombie(pid))
    .map(Number);
}

function workingFolder(pid) {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    // It has just ended, or belongs to somebody else: not ours.
    return '';
  }
}

function isZombie(pid) {
  try {
    return /^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    // It has just ended.
    return true;
  }
}

function tryKill(pid, signal) {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

/** What the steps see: this machine's environment without another Canopy's or npm's own, and with its files kept in the folder. */
function environment(folder, token) {
  const foreign =
    /^(CANOPY_|npm_package_|npm_lifecycle_|GIT_|SSH_AUTH_SOCK$|NODE_ENV$|npm_config_local_prefix$|npm_command$)/;
  const kept = Object.entries(process.env).filter(([name]) => !foreign.test(name));
  return {
    ...Object.fromEntries(kept),
    CANOPY_TOKEN: token,
    TMPDIR: join(folder, 'tmp'),
    XDG_STATE_HOME: join(folder, 'state'),
    XDG_CACHE_HOME: join(folder, 'state'),
  };
}
