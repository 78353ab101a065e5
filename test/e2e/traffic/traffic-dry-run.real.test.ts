import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { needs } from '../../support/needs.ts';
import { stable, startTrafficWorld, type TrafficWorld } from './traffic-world.ts';

describe('dry runs beside a running router, end to end', function () {
  this.timeout(120_000);
  let traffic: TrafficWorld;
  let next = { id: '', file: '' };
  let newest = { id: '', file: '' };
  let untouched: unknown;
  before(needs('redis-server', 'redis-cli', 'sshd', 'git'));
  before(async () => {
    traffic = await startTrafficWorld();
    await traffic.ship('1');
    const first = await traffic.deploy('production', '--no-balancer');
    expect(first.code, first.stderr).to.equal(0);
    await traffic.startRouter();
    next = await traffic.ship('2');
    const started = await traffic.canopy('canary', 'start');
    expect(started.code, started.stderr).to.equal(0);
    newest = await traffic.ship('3');
    untouched = await everything(traffic);
  });
  after(() => traffic?.stop());

  /** What each instance that is deployed to goes through, as the dry run tells it. */
  const parts = ['receive', 'drain', 'switch to', 'take back', 'mark'];
  const cases: [string[], string[], RegExp[]][] = [
    [['deploy', '--environment', 'production'], [...stable], []],
    [
      ['canary', 'start'],
      ['can-1'],
      [
        /would change canopy:shop:traffic/,
        /canary +no requests while its instances change\n +then 20 % of the requests/,
      ],
    ],
    [
      ['canary', 'promote'],
      [...stable],
      [/would change canopy:shop:traffic/, /canary +then no requests: it is retired/],
    ],
    [['canary', 'weight', '60'], [], [/^store +change canopy:shop:traffic$/m, /the canary gets 60 %/]],
    [['canary', 'abort'], [], [/^store +change canopy:shop:traffic$/m, /everything goes to stable/]],
    [['canary', 'resume'], [], []],
    [['rollback', '--environment', 'production'], [], []],
  ];
  for (const [words, instances, more] of cases)
    it(`changes nothing: ${words.join(' ')}`, async () => {
      const artifact = words[1] === 'promote' ? ['--artifact', next.file] : [];
      const { code, json, stderr } = await traffic.canopy(...words, ...artifact, '--dry-run', '--verbose');
      // There is no earlier release on the stable instances: that a dry run says, too.
      if (words[0] === 'rollback')
        expect([code, json.errors[0].code]).to.deep.equal([1, 'no-earlier-release']);
      else expect(code, stderr).to.equal(0);
      expect(await everything(traffic)).to.deep.equal(untouched);
      const lines = stderr.split('\n');
      for (const name of instances)
        for (const part of parts)
          expect(
            lines.some((line) => line.startsWith(name) && line.includes(`would ${part}`)),
            `${name} ${part}\n${stderr}`,
          ).to.equal(true);
      const rows: object[] = json.data?.planned ?? [];
      for (const name of instances)
        expect(rows.find((row) => (row as { instance: string }).instance === name)).to.include({
          what: 'deploy',
          drain: 'up to 5 s',
        });
      if (instances.length > 0) expect(stderr).to.contain('sha256sum').and.to.contain('mv -fT');
      for (const one of more) expect(stderr).to.match(one);
    });

  it('is refused by a lock that is held, like the real run', async () => {
    const record = { id: 'aaaaaaaaaaaaaaaa', holder: 'job-9', reason: 'deploy', url: '', token: 1, since: 1 };
    for (const name of ['production', 'canary'])
      await traffic.world.redis.tell('SET', `canopy:shop:lock:${name}`, JSON.stringify(record));
    const held = await everything(traffic);
    for (const words of [
      ['deploy', '--environment', 'production'],
      ['canary', 'start', '--artifact', newest.file],
      ['canary', 'promote', '--artifact', next.file],
    ]) {
      const { code, json } = await traffic.canopy(...words, '--dry-run');
      expect([code, json.errors[0].code], words.join(' ')).to.deep.equal([4, 'lock-held']);
    }
    expect(await everything(traffic)).to.deep.equal(held);
  });
});

/** All that a dry run must not touch: files, processes, the router, the store. */
async function everything(traffic: TrafficWorld): Promise<unknown> {
  const { world } = traffic;
  const run = (program: string, ...words: string[]): string[] =>
    execFileSync(program, words, { encoding: 'utf8' }).split('\n').sort();
  const files = run('find', join(world.folder, 'servers'), '-printf', '%p %s %T@ %l %m\n');
  const pids = [...stable, 'can-1']
    .map((name) => join(world.path(name), 'shared/app.pid'))
    .map((file) => existsSync(file) && readFileSync(file, 'utf8'));
  const { body } = await traffic.ask('GET', '/state');
  const { epoch, version, enabled, weight, effective, alert, reverted, drained } = body;
  const keys = run('redis-cli', '-u', world.redis.url, '--scan').filter(
    // What a running router writes by itself.
    (key) => key !== '' && !/^canopy:shop:(router|counted):/.test(key),
  );
  const values = keys.map((key) => `${key} ${run('redis-cli', '-u', world.redis.url, 'dump', key).join('')}`);
  const state = { epoch, version, enabled, weight, effective, alert, reverted, drained };
  return { files, pids, state, values, releases: await traffic.releases() };
}
