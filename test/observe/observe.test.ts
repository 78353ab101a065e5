import { expect } from 'chai';
import { setFlag } from '../../src/flags/index.ts';
import { observe, storeParts } from '../../src/observe/index.ts';
import { deployKey, lockKey, trafficState } from '../../src/store-keys.ts';
import { change } from '../../src/traffic/index.ts';
import { writeJournal } from '../../src/deploy/journal/journal.ts';
import { writeRecord, type LockRecord } from '../../src/lock/record.ts';
import { writeRollout } from '../../src/canary/rollout/rollout.ts';
import { journalOf } from '../deploy/journal/journal-cases.ts';
import { plan } from '../soak/decisions.ts';
import { thrown } from '../support/thrown.ts';
import { groundOf, leaseOf } from './observe-ground.ts';

const lock: LockRecord = {
  ...{ id: 'aaaaaaaa', holder: 'job-7', run: 'job-7', reason: 'deploy r2', url: '', token: 3 },
  ...{ since: 1_800_000_000_000, until: 1_800_000_030_000 },
};

describe('what is known of an application', () => {
  it('is told by the store alone, without a server', async () => {
    const ground = groundOf();
    const { config, store, open, log } = ground;
    const ports = { store, clock: open.clock, log };
    const by = { name: 'ann', url: '' };
    await change('shop', [{ kind: 'enable', on: true, salt: 'aa' }], ports);
    await change('shop', [{ kind: 'weight', weight: 20 }], ports);
    await ground.putLease(leaseOf());
    await writeRollout(
      'shop',
      {
        ...{ salt: 'aa', release: 'new', startedAt: 5, before: null, steps: '', step: 1, stepAt: 5 },
        ...{ outcome: null, gates: null, analysis: null },
      },
      store,
    );
    await store.set(lockKey('shop', 'production'), writeRecord(lock));
    const running = journalOf({ doing: ['activate web-2'], records: ['activate web-1', 'gate web-1'] });
    await store.set(deployKey('shop', 'production'), writeJournal({ ...running, plan: plan(2) }));
    await setFlag({ app: 'shop', name: 'checkout', state: 'on', actor: by }, ports);

    const seen = await observe(config, ground, { parts: storeParts });
    expect(ground.reached).to.deep.equal([]);
    expect([seen.app, seen.at, seen.unreadable]).to.deep.equal(['shop', 1_800_000_000_000, []]);
    expect(seen.traffic.state).to.include({ enabled: true, weight: 20, salt: 'aa' });
    expect(seen.traffic.routers.map(({ id }) => id)).to.deep.equal(['r1']);
    const begun = { release: 'new', startedAt: 5, step: 1, outcome: null, sentence: null };
    expect(seen.rollout).to.deep.equal(begun);
    expect(seen.locks).to.deep.equal({ production: lock, canary: null, staging: null });
    expect(seen.deploys).to.deep.equal({
      production: {
        ...{ deploy: running.deploy, action: 'deploy', release: 'new', version: '1.0.0' },
        ...{ by: 'jenkins-shop-7', startedAt: running.startedAt, state: 'running' },
        ...{ blocked: false, resumable: true },
        doing: [{ kind: 'activate', instance: 'web-2' }],
        runs: { 'web-1': 'new', 'web-2': null },
      },
      canary: null,
      staging: null,
    });
    expect(seen.flags.map(({ name, state }) => `${name} ${state}`)).to.deep.equal(['checkout on']);
  });

  it('has the parts that were asked for, of the environments that were', async () => {
    const ground = groundOf();
    const seen = await observe(ground.config, ground, { parts: ['locks'], environments: ['canary'] });
    expect(seen).to.deep.equal({
      ...{ app: 'shop', at: 1_800_000_000_000, unreadable: [], locks: { canary: null } },
    });
  });

  it('asks each server of its own, also where two environments have a name in common', async () => {
    const ground = groundOf();
    const { servers } = await observe(ground.config, ground, { parts: ['servers'] });
    expect([...ground.reached].sort()).to.deep.equal(['a', 'b', 'c', 'd']);
    expect(servers['production']?.['web-1']?.unreachable).to.equal('connection refused by a port 22');
    expect(servers['staging']?.['web-1']?.unreachable).to.equal('connection refused by d port 22');
  });

  it('misses what stands in a record that cannot be read, and says so once', async () => {
    const ground = groundOf();
    await ground.store.set(trafficState('shop'), 'garbage');
    await ground.store.set(lockKey('shop', 'canary'), 'garbage');
    const seen = await observe(ground.config, ground, { parts: [...storeParts, 'balancer'] });
    expect(seen.traffic.state).to.equal(null);
    expect(seen.locks).to.deep.equal({ production: null, canary: null, staging: null });
    const [state, own, ...others] = seen.unreadable.map(({ hint }) => hint);
    expect(state).to.contain('canopy canary abort');
    expect(own).to.contain('canopy lock release --steal --environment canary');
    expect(others).to.deep.equal([]);
  });

  it('is not known while the store is away', async () => {
    const ground = groundOf();
    ground.store.down();
    const error = await thrown(observe(ground.config, ground, { parts: storeParts }));
    expect(error.code).to.match(/^store-/);
  });
});
