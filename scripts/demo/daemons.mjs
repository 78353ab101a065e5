// Long-running programs of the demo: started in process groups of their own, so that Ctrl-C reaches only the demo, which
// then stops them one by one.
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Starts a program with its output in `log`; `own` is told at once, and it resolves when `port` takes connections. */
export async function startDaemon({ name, argv, log, port, own, env = process.env, cwd }) {
  const file = openSync(log, 'a');
  const child = spawn(argv[0], argv.slice(1), { cwd, env, detached: true, stdio: ['ignore', file, file] });
  closeSync(file);
  const daemon = { name, pid: child.pid, child, ended: null };
  const ended = new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(`exit ${code ?? signal}`));
  });
  daemon.gone = ended.then((how) => (daemon.ended = how));
  own(daemon);
  await waitFor(`${name} to listen on ${port}`, async () => {
    if (daemon.ended)
      throw new Error(`${name} ended (${daemon.ended}): ${readFileSync(log, 'utf8').slice(-2000)}`);
    return listens(port);
  });
  return daemon;
}

/** TERM, and KILL when that does not help within 10 seconds. */
export async function stopDaemon(daemon, withinMs = 10_000) {
  if (daemon.ended) return;
  daemon.child.kill('SIGTERM');
  const late = setTimeout(() => daemon.child.kill('SIGKILL'), withinMs);
  await daemon.gone;
  clearTimeout(late);
}

export function listens(port) {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    const answer = (yes) => {
      socket.destroy();
      resolve(yes);
    };
    socket.once('connect', () => answer(true));
    socket.once('error', () => answer(false));
  });
}

/** So many different ports of 127.0.0.1 that were free a moment ago. */
export async function freePorts(count) {
  const servers = Array.from({ length: count }, () => createServer());
  await Promise.all(
    servers.map((server) => new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))),
  );
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** Asks again and again until the answer is yes; an error of the question itself ends the wait. */
export async function waitFor(what, ask, withinMs = 20_000) {
  const end = Date.now() + withinMs;
  while (!(await ask())) {
    if (Date.now() > end) throw new Error(`waited ${withinMs / 1000} s in vain for ${what}`);
    await sleep(50);
  }
}
