import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { haproxiesOf, HaproxyBalancer, openHaproxy } from '../../src/balancer/index.ts';
import { realClock } from '../../src/drivers/clock.ts';
import { openLocal } from '../../src/drivers/machine/local.ts';
import { openSsh } from '../../src/drivers/ssh/index.ts';
import { isCanopyError } from '../../src/errors.ts';
import { startHaproxy, type RunningHaproxy } from '../support/services/haproxy.ts';
import { needs } from '../support/needs.ts';
import { quietLog } from '../support/quiet-log.ts';
import { sshSettings } from '../support/ssh/ssh-settings.ts';
import { startSshd } from '../support/ssh/sshd.ts';
import { freePort, tempFolder } from '../support/temp.ts';
import { waitFor } from '../support/wait-for.ts';
import { arms, cfgFor, haproxyWorld, ports, type HaproxyWorld } from './world.ts';

const sum = (all: readonly number[]): number => all.reduce((total, one) => total + one, 0);

describe('HAProxys, and what stands against them', function () {
  this.timeout(120_000);
  before(needs('haproxy', 'sshd'));
  const folder = tempFolder();
  let world: HaproxyWorld;
  const begun = async (): Promise<RunningHaproxy> => {
    world = await haproxyWorld(folder());
    return world.haproxies[0] as RunningHaproxy;
  };
  afterEach(() => world?.stop());
  const codeOf = async (work: Promise<unknown>): Promise<string> => {
    try {
      await work;
    } catch (error) {
      if (isCanopyError(error)) return error.code;
      throw error;
    }
    return 'no error';
  };

  describe('several of them', () => {
    let second: RunningHaproxy;
    let both: HaproxyBalancer;
    let proxy = 0;
    beforeEach(async () => {
      await begun();
      const own = join(folder(), 'second');
      mkdirSync(own, { recursive: true });
      proxy = await freePort();
      const socket = join(own, 'admin.sock');
      second = await startHaproxy(own, socket, cfgFor(world.config, own, socket, proxy));
      const { haproxy: config } = world.config.traffic?.balancer as {
        haproxy: Parameters<typeof haproxiesOf>[0];
      };
      const way = { ssh: () => Promise.reject(new Error('none')), local: async () => openLocal() };
      const [lb1, lb2] = [config, { ...config, socket }].flatMap((one) => haproxiesOf(one, way));
      if (!lb1 || !lb2) throw new Error('two were meant');
      const { store, log } = world;
      both = new HaproxyBalancer({
        ...{ app: 'shop', config, arms, sticky: false, store, log, clock: realClock },
        haproxies: [
          { ...lb1, name: 'lb1' },
          { ...lb2, name: 'lb2' },
        ],
      });
    });
    afterEach(() => second?.stop());

    it('takes an instance out of all of them, and counts what is in flight on each', async () => {
      const held: Promise<Response>[] = [];
      const onWeb1 = async (haproxy = second): Promise<number> =>
        Number(/^shop,web-1,\d*,\d*,(\d+),/m.exec(await haproxy.tell('show stat shop 4 -1'))?.[1]);
      // Who gets the next one is not ours to say: a check may have failed for a moment.
      for (const [port, haproxy] of [[world.proxy, world.haproxies[0]] as const, [proxy, second] as const])
        await waitFor('a request on web-1', async () => {
          held.push(fetch(`http://127.0.0.1:${port}/hold`));
          await waitFor('it to arrive', () => sum(world.stable.map((one) => one.active)) === held.length);
          return (await onWeb1(haproxy)) > 0;
        });
      const inFlight = sum([await onWeb1(world.haproxies[0]), await onWeb1(second)]);
      expect(await both.drain('web-1', 600)).to.deep.equal({ cut: inFlight });
      expect(world.stable[0]?.active).to.equal(inFlight);
      for (const one of [world.haproxies[0], second])
        expect(await one?.tell('show stat shop 4 -1')).to.match(/^shop,web-1,.*,MAINT,/m);
      await world.end();
      await second.stop();
      await Promise.allSettled(held.map(async (one) => (await one).text()));
    });

    it('is nothing to begin with while one is away, and one that goes is named; the others are told', async () => {
      await both.check();
      await second.stop();
      expect(await codeOf(both.check())).to.equal('haproxy-away');
      expect(await codeOf(both.drain('web-1', 5000))).to.equal('haproxy-away');
      expect(await both.settle(2000)).to.deep.equal(['lb2']);
      const { hosts } = await both.look();
      expect(hosts.map(({ host, reason }) => [host, reason === null])).to.deep.equal([
        ['lb1', true],
        ['lb2', false],
      ]);
    });
  });

  describe('what stands against it', () => {
    const checked = async (change: (cfg: string) => string): Promise<string> => {
      const haproxy = await begun();
      await haproxy.reload({ cfg: change(cfgFor(world.config, folder(), haproxy.socket, world.proxy)) });
      return codeOf(world.balancer.check());
    };

    it('a socket that may only look', async () => {
      expect(await checked((cfg) => cfg.replace('level admin', 'level operator'))).to.equal('haproxy-level');
    });
    it('a backend of another name', async () => {
      const renamed = (cfg: string): string =>
        cfg.replace(/^(backend| {4}default_backend) shop$/gm, '$1 other');
      expect(await checked(renamed)).to.equal('haproxy-backend');
    });
    it('an instance without a server', async () => {
      expect(await checked((cfg) => cfg.replace('server web-2 ', 'server two '))).to.equal('haproxy-server');
    });
    it('an algorithm with fixed weights', async () => {
      expect(await checked((cfg) => cfg.replace('balance roundrobin', 'balance static-rr'))).to.equal(
        'haproxy-static',
      );
    });

    it('nothing where sshd lets nobody through to a socket: a program of the server asks it', async () => {
      const haproxy = await begun();
      const sshd = await startSshd({
        folder: join(folder(), 'closed'),
        config: ['AllowStreamLocalForwarding no'],
      });
      const ssh = openSsh(sshSettings(sshd), { passphrase: null, log: quietLog(), home: folder(), env: {} });
      try {
        const balancer = {
          haproxy: {
            hosts: [`${sshd.user}@${sshd.host}:${sshd.port}`],
            socket: haproxy.socket,
            backend: 'shop',
            servers: {},
          },
        };
        const config = {
          ...world.config,
          traffic: world.config.traffic && { ...world.config.traffic, balancer },
        };
        const closed = openHaproxy(
          config,
          ports(world, async () => ssh),
        );
        const { hosts } = (await closed?.look()) ?? { hosts: [] };
        expect(hosts.map(({ reason }) => reason)).to.deep.equal([null]);
      } finally {
        await ssh.close();
        await sshd.stop();
      }
    });
  });
});
