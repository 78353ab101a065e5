import { spawn, type ChildProcess } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { fenceExit } from '../../src/commands/core/fence.ts';
import { needs } from '../support/needs.ts';
import { startRedis, type RunningRedis } from '../support/services/redis.ts';
import type { Order, Section } from './contender.ts';

const contenders = 8;
const sections = 100;
const leaseMs = 300;

describe('many processes that want one lock', function () {
  // Under a load of 23 it took three minutes.
  this.timeout(900_000);
  before(needs('redis-server', 'flock'));
  const children: ChildProcess[] = [];
  const seed = randomInt(2 ** 31);
  let path = '';
  let redis: RunningRedis;
  let all: Section[] = [];

  before('all have had their sections', async () => {
    redis = await startRedis();
    // In memory where that is to be had: each new token is synced to the disk.
    path = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'canopy-lock-'));
    const runs = Array.from({ length: contenders }, (_, n) =>
      contend({ url: redis.url, path, name: `run${n}`, sections, leaseMs, seed: seed + n }),
    );
    all = (await Promise.all(runs)).flat();
  });
  after(async () => {
    for (const child of children) child.kill('SIGKILL');
    await redis?.stop();
    if (path !== '') rmSync(path, { recursive: true, force: true });
  });

  function contend(order: Order): Promise<Section[]> {
    const file = join(import.meta.dirname, 'contender.ts');
    const child = spawn(process.execPath, ['--import', 'tsx', file, JSON.stringify(order)], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    children.push(child);
    let [out, err] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
    return new Promise((resolve, reject) => {
      child.once('close', (code) => {
        if (code !== 0) return reject(new Error(`${order.name} (seed ${seed}): exit ${code}: ${err}`));
        resolve(
          out
            .split('\n')
            .filter(Boolean)
            .map((line) => JSON.parse(line) as Section),
        );
      });
    });
  }

  it('come all to their turns, through deaths, hangs and thefts', () => {
    expect(all).to.have.length(contenders * sections);
    const count = (what: (one: Section) => boolean): number => all.filter(what).length;
    const figures = {
      died: count(({ how }) => how === 'died'),
      hung: count(({ how }) => how === 'hung'),
      stolen: count(({ robbed }) => robbed !== null),
      refused: count(({ codes }) => codes.includes(fenceExit.stale)),
    };
    for (const [what, number] of Object.entries(figures))
      expect(number, `${what}, seed ${seed}: ${JSON.stringify(figures)}`).to.be.greaterThan(0);
  });

  it('never act at the same time: the commands on the server, by a witness of their own', () => {
    const violations = join(path, 'violations');
    expect(existsSync(violations) && readFileSync(violations, 'utf8'), `seed ${seed}`).to.equal(false);
    const odd = all.flatMap(({ codes }) => codes).filter((code) => code !== 0 && code !== fenceExit.stale);
    expect(odd, `seed ${seed}`).to.deep.equal([]);
  });

  it('never act again after a newer one has: tokens only rise', () => {
    const order = readFileSync(join(path, 'order'), 'utf8').trim().split('\n');
    const tokens = order.map((line) => Number(line.split(' ')[0]));
    expect(tokens, `seed ${seed}`).to.deep.equal([...tokens].sort((a, b) => a - b));
    const accepted = all.flatMap(({ codes }) => codes).filter((code) => code === 0);
    expect(order).to.have.length(accepted.length);
  });

  it('have each a token of their own, greater than all before', () => {
    expect(new Set(all.map(({ token }) => token)).size, `seed ${seed}`).to.equal(all.length);
    for (let n = 0; n < contenders; n += 1) {
      const own = all.filter(({ name }) => name.startsWith(`run${n}-`)).map(({ token }) => token);
      expect(own, `seed ${seed}`).to.deep.equal([...own].sort((a, b) => a - b));
    }
  });

  it('have their sections one after the other, by the clock, wherever the lock was held to the end', () => {
    const held = all.filter(({ ours }) => ours).map((one) => ({ ...one, at: BigInt(one.from) }));
    expect(held.length).to.be.greaterThan(all.length / 2);
    const sorted = held.sort((a, b) => (a.at < b.at ? -1 : 1));
    const beside = sorted.filter((one, at) => BigInt(sorted[at - 1]?.to ?? '0') > one.at);
    expect(beside, `seed ${seed}`).to.deep.equal([]);
    const tokens = sorted.map(({ token }) => token);
    expect(tokens, `seed ${seed}`).to.deep.equal([...tokens].sort((a, b) => a - b));
  });

  it('lose the lock to nobody but a thief, or by not renewing it', () => {
    const robbed = new Set(all.flatMap(({ robbed: whose }) => whose ?? []));
    const unexplained = all.filter(({ name, how, ours, heldMs, lost }) => {
      const late = heldMs > leaseMs / 2 || lost?.includes('could not be renewed') === true;
      return !ours && how === 'whole' && !late && !robbed.has(name);
    });
    expect(unexplained, `seed ${seed}`).to.deep.equal([]);
  });
});
