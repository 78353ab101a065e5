import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect } from 'chai';
import { lost, startLoad } from '../support/http/load.ts';
import { freePort, tempFolder } from '../support/temp.ts';
import type { ToySetup } from '../support/worlds/toy.ts';
import { waitFor } from '../support/wait-for.ts';

interface Told {
  readonly serving?: number;
  readonly pid?: number;
  readonly number?: number;
  readonly reload?: string | null;
  readonly ended?: { readonly number: number; readonly count: number };
}

describe('workers: a primary and real processes', function () {
  this.timeout(120_000);
  const folder = tempFolder();
  let child: ChildProcess;
  let told: Told[];
  let errors: string;
  let port: number;

  const start = async (more: Partial<ToySetup> = {}): Promise<void> => {
    port = await freePort();
    const setup: ToySetup = { workers: 2, port, graceMs: 5000, broken: join(folder(), 'broken'), ...more };
    const file = join(import.meta.dirname, '../support/worlds/toy.ts');
    child = spawn(process.execPath, ['--import', 'tsx', file, JSON.stringify(setup)], {
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    [told, errors] = [[], ''];
    child.stderr?.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    if (child.stdout === null) throw new Error('no output');
    createInterface({ input: child.stdout }).on('line', (line) => told.push(JSON.parse(line) as Told));
    await waitFor('it to serve', () => serving() !== undefined || child.exitCode !== null);
  };
  const serving = (): number | undefined => told.find((one) => one.serving !== undefined)?.serving;
  const pids = (): number[] => told.flatMap(({ pid }) => (pid === undefined ? [] : [pid])).filter(isAlive);
  const get = async (path = '/'): Promise<string> => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { connection: 'close' } });
    return answer.text();
  };
  const reload = async (): Promise<string | null> => {
    const before = told.filter((one) => one.reload !== undefined).length;
    child.stdin?.write('reload\n');
    return waitFor('the reload', () => told.filter((one) => one.reload !== undefined)[before], 30_000).then(
      (one) => one.reload ?? null,
    );
  };
  const end = async (): Promise<number | null> => {
    if (child.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    }
    return child.exitCode;
  };
  afterEach(async () => {
    const workers = pids();
    await end();
    rmSync(join(folder(), 'broken'), { force: true });
    await waitFor('the workers to end', () => !workers.some(isAlive));
  });

  it('a reload replaces every worker and loses no request, kept and fresh connections alike', async () => {
    await start();
    const load = startLoad({ port, connections: 12, pauseMs: 2 });
    const rare = startLoad({ port, connections: 12, pauseMs: 130 });
    await waitFor('requests', () => load.now().requests > 200);
    const before = pids();
    for (let turn = 0; turn < 3; turn += 1) {
      expect(await reload()).to.equal(null);
      expect((await Promise.all([get('/slow'), get()])).length).to.equal(2);
    }
    const counted = [await load.stop(), await rare.stop()];
    for (const one of counted) expect(lost(one), JSON.stringify(one)).to.equal(0);
    // Those of the first and of the second reload, too.
    await waitFor('the old ones to end', () => pids().length === 2);
    expect(before.some(isAlive)).to.equal(false);
    expect(await end(), errors).to.equal(0);
  });

  it('a worker that is killed is replaced, and those that wait for it are served', async () => {
    await start({ workers: 1 });
    const [first] = pids();
    process.kill(first ?? 0, 'SIGKILL');
    // Nobody accepts now: the connection waits in the socket that the primary keeps.
    expect(Number(await get()))
      .to.be.greaterThan(0)
      .and.not.equal(first);
    await waitFor('it to be told', () => errors.includes('killed by SIGKILL'));
    expect(await end()).to.equal(0);
  });

  it('a reload whose workers do not come up is given up; the old ones go on', async () => {
    await start();
    const before = pids();
    writeFileSync(join(folder(), 'broken'), '');
    expect(await reload()).to.match(/did not come up \(exit 7\)/);
    expect(pids()).to.deep.equal(before);
    expect(before).to.include(Number(await get()));
    rmSync(join(folder(), 'broken'));
    expect(await reload()).to.equal(null);
    await waitFor('new ones', () => before.every((pid) => !isAlive(pid)));
  });

  it('nothing comes up at the start: it ends with what to look at', async () => {
    writeFileSync(join(folder(), 'broken'), '');
    await start();
    await waitFor('its end', () => child.exitCode !== null);
    await waitFor('the reason', () => errors.includes('its first worker ended (exit 7)'));
  });

  it('one leads, all are asked, and what an ended one has counted is kept', async () => {
    await start();
    for (let turn = 0; turn < 20; turn += 1) await get();
    type All = { number: number; leads: boolean; count: number; others: { from: number; body: number }[] };
    const all = async (): Promise<All> => JSON.parse(await get('/all')) as All;
    const sum = ({ count, others }: All): number => others.reduce((total, { body }) => total + body, count);
    expect(sum(await all())).to.equal(21);
    expect(await reload()).to.equal(null);
    await waitFor('the old ones to end', () => told.filter(({ ended }) => ended !== undefined).length === 2);
    const told2 = await all();
    expect(sum(told2)).to.equal(22);
    expect(told2.others.map(({ from }) => from)).to.include(0);
    const leaders = new Set<number>();
    await waitFor('both', async () => {
      const one = await all();
      if (one.leads) leaders.add(one.number);
      return leaders.size > 0;
    });
    expect(leaders.size).to.equal(1);
  });

  it('a worker that hangs is left out of a question, and killed when it is insisted upon', async () => {
    await start();
    await Promise.race([
      get('/freeze').catch(() => 'frozen'),
      waitFor('the freeze', () => pids().some(isFrozen)),
    ]);
    await waitFor('the freeze', () => pids().some(isFrozen));
    const frozen = pids().find(isFrozen) ?? 0;
    // A connection may land with the frozen one: only who is answered counts.
    await waitFor('an answer', () => Promise.race([get('/insist'), refused(8000)]));
    await waitFor('its end', () => !isAlive(frozen));
    await waitFor('it to be told', () => errors.includes('is killed: it does not answer'));
    await waitFor('two again', () => pids().length === 2);
  });

  it('its workers end when the primary is killed', async () => {
    await start();
    const workers = pids();
    child.kill('SIGKILL');
    await waitFor('their end', () => !workers.some(isAlive));
  });
});

const isAlive = (pid: number): boolean => existsSync(`/proc/${pid}/stat`) && stateOf(pid) !== 'Z';
const isFrozen = (pid: number): boolean => stateOf(pid) === 'T';

function stateOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.[0] ?? '';
  } catch {
    // It has ended in between.
    return 'Z';
  }
}

const refused = (ms: number): Promise<false> =>
  new Promise((resolve) => setTimeout(() => resolve(false), ms).unref());
