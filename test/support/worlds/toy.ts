/**
 * A service of several workers in its smallest form: `node --import tsx toy.ts JSON`. The primary prints a JSON line when it
 * serves and one for each worker that has ended; the line `reload` on its standard input reloads.
 */
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import { realClock } from '../../../src/drivers/clock.ts';
import { serverCloser } from '../../../src/http-server/index.ts';
import {
  givenSockets,
  Primary,
  primaryOf,
  sameProgram,
  Sockets,
  type PrimaryLink,
} from '../../../src/workers/index.ts';

export interface ToySetup {
  readonly workers: number;
  readonly port: number;
  readonly graceMs: number;
  /** While this file is there a new worker ends before it serves. */
  readonly broken: string;
}

const setup = JSON.parse(process.argv[2] ?? '{}') as ToySetup;
const line = primaryOf(process.env);
const print = (what: object): void => void process.stdout.write(`${JSON.stringify(what)}\n`);
if (line === null) await runPrimary();
else await runWorker(line);

async function runPrimary(): Promise<void> {
  const say = (text: string): void => void process.stderr.write(`${text}\n`);
  const sockets = new Sockets(givenSockets(process.env, process.pid, ['public']));
  await sockets.get('public', { host: '127.0.0.1', port: setup.port });
  const stop = new AbortController();
  process.on('SIGTERM', () => stop.abort());
  const primary = new Primary(
    {
      ...{ workers: setup.workers, sockets, graceMs: setup.graceMs, program: sameProgram(false) },
      keep: { what: 'count', fold: (kept, last) => Number(kept ?? 0) + Number(last) },
      ended: (body) => print({ ended: body }),
      serving: () => print({ serving: process.pid }),
    },
    realClock,
    { info: say, warn: say, debug: say, progress: say },
  );
  const input = createInterface({ input: process.stdin });
  input.on('line', () => void primary.reload().then((wrong) => print({ reload: wrong })));
  await primary.run(stop.signal);
  input.close();
  process.stdin.destroy();
}

async function runWorker(primary: PrimaryLink): Promise<void> {
  if (existsSync(setup.broken)) process.exit(7);
  let count = 0;
  const all = async (): Promise<object> => ({
    number: primary.number,
    leads: primary.leads(),
    count,
    others: await primary.ask('count', count),
  });
  const server = createServer((req, res) => {
    count += 1;
    if (primary.ending.aborted) res.shouldKeepAlive = false;
    res.setHeader('x-worker', primary.number);
    if (req.url === '/die') process.kill(process.pid, 'SIGKILL');
    else if (req.url === '/freeze') process.kill(process.pid, 'SIGSTOP');
    else if (req.url === '/all') void all().then((told) => res.end(JSON.stringify(told)));
    else if (req.url === '/insist') void primary.ask('count', null, true).then(() => res.end('all\n'));
    else if (req.url === '/slow') setTimeout(() => res.end('slow\n'), 500);
    else res.end(`${process.pid}\n`);
  });
  primary.reply('count', () => count);
  primary.join();
  const close = serverCloser(server);
  const several = setup.workers > 1;
  const handle = await primary.socket('public', { host: '127.0.0.1', port: setup.port }, several);
  if (several) primary.take(server);
  else await new Promise<void>((resolve) => server.listen(handle, 2048, resolve));
  print({ pid: process.pid, number: primary.number });
  primary.ready(setup.workers);
  await new Promise((resolve) => primary.ending.addEventListener('abort', resolve, { once: true }));
  const cut = (): void => server.closeAllConnections();
  await close({ graceMs: setup.graceMs, lingerMs: () => primary.lingerMs(), cut });
  await primary.ask('count', count);
  await primary.ended({ number: primary.number, count });
  process.exit(0);
}
