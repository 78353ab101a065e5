import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { needs } from '../../support/needs.ts';
import { waitFor } from '../../support/wait-for.ts';
import { startTrafficWorld, type TrafficWorld } from '../traffic/traffic-world.ts';

describe('a canary that is taken back, end to end', function () {
  this.timeout(120_000);
  let traffic: TrafficWorld;
  let old = { id: '', file: '' };
  let next = { id: '', file: '' };
  before(needs('redis-server', 'sshd', 'git'));
  before(async () => {
    traffic = await startTrafficWorld();
    old = await traffic.ship('1');
    const first = await traffic.deploy('production', '--no-balancer');
    expect(first.code, first.stderr).to.equal(0);
    await traffic.startRouter();
    next = await traffic.ship('2');
  });
  after(() => traffic?.stop());

  const canary = (...words: string[]) => traffic.canopy('canary', ...words);
  const split = async (): Promise<unknown[]> => {
    const { body } = await traffic.ask('GET', '/state');
    return [body.enabled, body.weight, body.effective];
  };
  const start = async (): Promise<void> => {
    const { code, stderr } = await canary('start', '--artifact', next.file);
    expect(code, stderr).to.equal(0);
    await waitFor('the share', async () => (await split())[2] === 20);
  };

  it('has none to stop before there is one', async () => {
    const { code, json } = await canary('stop');
    expect([code, json.outcome, json.data.serves]).to.deep.equal([0, 'unchanged', 'no canary is on']);
  });

  it('leaves the canary of another release alone', async () => {
    await start();
    const { code, json } = await canary('stop', '--release', old.id);
    expect([code, json.outcome], json.summary).to.deep.equal([0, 'unchanged']);
    expect(json.summary).to.equal(`unchanged; the canary runs ${next.id}, not ${old.id}: it is left alone`);
    expect(await split()).to.deep.equal([true, 20, 20]);
  });

  it('judges no other release than it was asked about', async () => {
    const { code, json } = await canary('analyse', '--for', '1s', '--release', old.id);
    expect([code, json.errors[0].code]).to.deep.equal([4, 'superseded']);
    expect(json.errors[0].message).to.equal(`superseded on canary: it runs ${next.id} now, not ${old.id}`);
    expect(await split()).to.deep.equal([true, 20, 20]);
  });

  it('tells a run that has an order that its canary is gone', async () => {
    const words = ['canary', 'promote', '--artifact', old.file, '--order', '7'];
    const env = {
      JOB_NAME: 'shop/release',
      BUILD_TAG: 'jenkins-shop-7',
      CANOPY_TOKEN: 'full-token-of-the-test',
    };
    const { code, json } = await traffic.world.canopy(words, env);
    expect([code, json.errors.map((error: { code: string }) => error.code)]).to.deep.equal([
      4,
      ['superseded'],
    ]);
    const older = await traffic.world.canopy([...words.slice(0, -1), '6'], env);
    expect(older.json.errors[0].message).to.contain('jenkins-shop-7');
    const nowhere = await traffic.world.canopy(words, { ...env, JOB_NAME: '' });
    expect([nowhere.code, nowhere.json.errors[0].message]).to.deep.equal([
      2,
      '--order needs the job in JOB_NAME',
    ]);
  });

  it('shows the lock of the canary to who asks for that of stable', async () => {
    const lock = {
      id: 'a'.repeat(16),
      holder: 'anna',
      reason: 'canary analyse',
      url: '',
      token: 1,
      since: 1,
    };
    await traffic.world.redis.tell('SET', 'canopy:shop:lock:canary', JSON.stringify(lock));
    const { json, stderr } = await traffic.canopy('lock', 'show', '--environment', 'production');
    await traffic.world.redis.tell('DEL', 'canopy:shop:lock:canary');
    expect(json.data.locks.map((one: { environment: string }) => one.environment)).to.deep.equal(['canary']);
    expect(stderr).to.contain('canary: anna since');
    const free = await traffic.canopy('lock', 'show', '--environment', 'production');
    expect(free.stderr).to.contain('no environment is locked');
  });

  it('says that the canary keeps its share when a promote is refused', async () => {
    const lock = { id: 'a'.repeat(16), holder: 'anna', reason: 'by hand', url: '', token: 1, since: 1 };
    await traffic.world.redis.tell('SET', 'canopy:shop:lock:production', JSON.stringify(lock));
    const { code, json } = await canary('promote', '--artifact', next.file);
    await traffic.world.redis.tell('DEL', 'canopy:shop:lock:production');
    expect([code, json.errors.map((error: { code: string }) => error.code)]).to.deep.equal([
      4,
      ['lock-held', 'canary-kept'],
    ]);
    expect(json.summary).to.contain('the canary keeps its share of 20 % (canopy canary stop takes it back');
    expect(await split()).to.deep.equal([true, 20, 20]);
  });

  it('takes the canary back when its promote is reverted, and says what serves', async () => {
    const file = join(traffic.world.repo, 'canopy.yml');
    const before = readFileSync(file, 'utf8');
    writeFileSync(file, before.replace('  production:\n', '  production:\n    hooks: { after: "exit 1" }\n'));
    const { code, json, stderr } = await canary('promote', '--artifact', next.file);
    writeFileSync(file, before);
    expect([code, json.outcome], stderr).to.deep.equal([3, 'reverted']);
    expect(json.reasons.at(-1)).to.equal('the canary is taken back: production gets all requests');
    expect(json.summary).to.match(/^reverted: web-1: .*; the canary is taken back: .*; production runs \S+$/);
    expect(json.data.serves).to.equal(`production runs ${old.id}`);
    expect(await split()).to.deep.equal([false, 0, 0]);
    expect((await traffic.releases()).slice(0, 3)).to.deep.equal([old.id, old.id, old.id]);
  });

  it('starts again without anybody to re-arm it, and stops when it is told', async () => {
    await start();
    const { code, json } = await canary('stop', '--release', next.id, '--reason', 'not approved');
    expect([code, json.outcome]).to.deep.equal([0, 'done']);
    expect(json.summary).to.equal('done; the canary gets no requests: all go to production');
    expect(await split()).to.deep.equal([false, 0, 0]);
    const { json: told } = await traffic.canopy('history', '--limit', '1');
    expect(told.data.items[0]).to.include({ action: 'canary stop: not approved', outcome: 'done' });
  });

  it('tells whose canary another run has ended that it was overtaken, and without a release that there is none', async () => {
    const asked = await canary('analyse', '--for', '1s', '--release', next.id);
    expect([asked.code, asked.json.errors[0].message]).to.deep.equal([
      4,
      'superseded on canary: another run has promoted or stopped its canary',
    ]);
    const { json } = await canary('analyse', '--for', '1s');
    expect(json.errors[0].code).to.equal('canary-absent');
  });
});
