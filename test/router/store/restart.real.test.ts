import { expect } from 'chai';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lost, startLoad } from '../../support/http/load.ts';
import { needs } from '../../support/needs.ts';
import { startRedis } from '../../support/services/redis.ts';
import { startRouter, TOKEN } from '../../support/router/router.ts';
import { spawnRouter, type RouterProcess } from '../../support/router/spawn-router.ts';
import { freePort, tempFolder } from '../../support/temp.ts';
import { startUpstream, type Upstream } from '../../support/http/upstream.ts';
import { waitFor } from '../../support/wait-for.ts';

describe('router: what survives', function () {
  this.timeout(120_000);
  let upstream: Upstream;
  let canary: Upstream;
  const folder = tempFolder();
  before(needs('redis-server'));
  before(async () => {
    [upstream, canary] = await Promise.all([startUpstream('web-1'), startUpstream('canary-1')]);
  });
  after(() => Promise.all([upstream.kill(), canary.kill()]));

  const ask = async (router: RouterProcess, method: string, path: string, body?: object) => {
    const answer = await fetch(`http://127.0.0.1:${router.admin.port}${path}`, {
      method,
      headers: { authorization: `Bearer ${TOKEN}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return (await answer.json()) as Record<string, unknown>;
  };

  it('kill -9 and a new start: the same weight, alert and port, with the store and without it', async () => {
    const redis = await startRedis();
    const setup = {
      stateDir: join(folder(), 'killed'),
      stable: [upstream],
      canary: [canary],
      listen: await freePort(),
    };
    try {
      const one = await spawnRouter({ ...setup, store: redis.url });
      await ask(one, 'PUT', '/weight', { weight: 12.5 });
      await one.end('SIGKILL');
      await redis.kill();

      const two = await spawnRouter({ ...setup, store: redis.url });
      expect(await ask(two, 'GET', '/weight')).to.include({ weight: 12.5, effective: 12.5 });
      const counted = await startLoad({ port: two.proxy.port, by: 'x-instance', requests: 400 }).done;
      expect([lost(counted), counted.byHeader['canary-1']]).to.deep.equal([0, 50]);
      expect(await ask(two, 'POST', '/alert', { reason: 'kept' })).to.include({ alert: true });
      await two.end('SIGKILL');

      await redis.restart();
      const three = await spawnRouter({ ...setup, store: redis.url });
      expect(await ask(three, 'GET', '/weight')).to.include({ weight: 12.5, effective: 0, alert: true });
      await waitFor('the store to know', async () =>
        (await redis.tell('EXISTS', 'canopy:shop:traffic')).includes('1'),
      );
      expect(await three.end('SIGTERM'), three.errors()).to.equal(0);
      expect(await redis.tell('EXISTS', `canopy:shop:router:${three.id}`)).to.contain('0');
    } finally {
      await redis.stop();
    }
  });

  it('starts while Redis is away, and takes over what it finds when it comes', async () => {
    const port = await freePort();
    const setup = { stateDir: join(folder(), 'early'), stable: [upstream], canary: [canary] };
    const router = await spawnRouter({ ...setup, store: `redis://127.0.0.1:${port}/0` });
    expect((await fetch(`http://127.0.0.1:${router.proxy.port}/`)).status).to.equal(200);
    const redis = await startRedis({ port });
    try {
      await waitFor('its lease', async () =>
        (await redis.tell('EXISTS', `canopy:shop:router:${router.id}`)).includes('1'),
      );
      await waitFor('the state', async () => (await ask(router, 'GET', '/state'))['storeUp'] === true);
      expect(await router.end('SIGTERM')).to.equal(0);
    } finally {
      await redis.stop();
    }
  });

  it('garbage on the disk is kept aside with a warning', async () => {
    const stateDir = folder();
    writeFileSync(join(stateDir, 'router.json'), '{"format":1,"state":{"weight":');
    const router = await startRouter({ stable: [upstream], canary: [canary], stateDir });
    try {
      expect((await router.admin('GET', '/weight')).body.weight).to.equal(33);
      expect(router.log.lines.join('\n')).to.contain('router.json.bad');
      expect(readFileSync(join(stateDir, 'router.json.bad'), 'utf8')).to.contain('"weight":');
      expect(JSON.parse(readFileSync(join(stateDir, 'router.json'), 'utf8'))).to.include({ format: 1 });
      await waitFor('no temporary file', () => !readdirSync(stateDir).some((name) => name.endsWith('.tmp')));
    } finally {
      await router.stop();
    }
  });

  it('a state folder that cannot be written is a warning, not the end', async () => {
    const file = join(folder(), 'a-file');
    writeFileSync(file, '');
    const router = await startRouter({ stable: [upstream], stateDir: join(file, 'below') });
    expect((await fetch(router.url)).status).to.equal(200);
    expect(router.log.lines.join('\n')).to.match(/cannot (save|read)/);
    await router.stop();
  });

  it('refuses an open admin port without a token, a taken port and instances that it cannot serve', async () => {
    const codeOf = (work: Promise<unknown>): Promise<string> =>
      work.then(
        () => 'none',
        (error: { code?: string }) => error.code ?? String(error),
      );
    const admin = { listen: { host: '0.0.0.0', port: 0 }, token: null, alertToken: null };
    expect(await codeOf(startRouter({ stable: [upstream], traffic: { admin } }))).to.equal('router-open');
    const listen = { host: '127.0.0.1', port: upstream.port };
    expect(await codeOf(startRouter({ stable: [upstream], traffic: { listen } }))).to.equal('router-listen');
    const bad = [
      [],
      [upstream, upstream],
      [{ name: 'a', url: 'https://x' }],
      [{ name: 'a', url: 'nonsense' }],
      [{ name: 'a', url: 'http://x/base' }],
    ];
    for (const stable of bad) expect(await codeOf(startRouter({ stable }))).to.equal('router-instances');
  });
});
