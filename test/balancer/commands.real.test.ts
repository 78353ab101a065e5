import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { openBalancer, refuseUnweighted } from '../../src/balancer/index.ts';
import { readConfig } from '../../src/config/index.ts';
import { realClock } from '../../src/drivers/clock.ts';
import { openExec } from '../../src/drivers/exec/exec.ts';
import { isCanopyError } from '../../src/errors.ts';
import type { Balancer } from '../../src/ports/ports.ts';
import { change } from '../../src/traffic/index.ts';
import { fakeStore, type FakeStore } from '../fakes/store.ts';
import { quietLog } from '../support/quiet-log.ts';
import { tempFolder } from '../support/temp.ts';

describe("the balancer of a user's own commands", function () {
  this.timeout(120_000);
  const folder = tempFolder();
  let store: FakeStore;
  let log: ReturnType<typeof quietLog>;
  beforeEach(() => {
    store = fakeStore(realClock);
    log = quietLog();
  });

  const configOf = (commands: string) =>
    readConfig(
      `app: shop
environments:
  production:
    path: /srv/shop
    service: { user-systemd: shop }
    instances:
      - { name: web-1, host: me@10.0.0.1, url: "http://10.0.0.1:3000", tags: [eu, big] }
      - { name: web-2, host: me@10.0.0.2 }
  canary: { extends: production, instances: [{ name: can-1, host: me@10.0.0.3 }] }
traffic: { stable: production, canary: canary, balancer: { commands: { ${commands} } } }
`,
      join(folder(), 'canopy.yml'),
      { HOME: folder() },
    ).config;
  const opened = (commands: string): Balancer => {
    const ports = {
      ...{ store, log, clock: realClock },
      exec: async () => openExec({ env: { ...process.env, CANOPY_TOKEN: 'secret' }, hide: [] }),
      ssh: () => Promise.reject(new Error('not asked')),
      local: () => Promise.reject(new Error('not asked')),
    };
    return openBalancer(configOf(commands), ports, { by: 'job' }) as Balancer;
  };
  const errorOf = async (work: Promise<unknown>): Promise<string> => {
    try {
      await work;
    } catch (error) {
      if (isCanopyError(error)) return `${error.code}: ${error.message}`;
      throw error;
    }
    return 'no error';
  };
  const text = (name: string): string => readFileSync(join(folder(), name), 'utf8');
  const tell = `'echo "$CANOPY_APP $CANOPY_ENVIRONMENT $CANOPY_INSTANCE $CANOPY_URL $CANOPY_HOST $CANOPY_TAGS $CANOPY_TIMEOUT \${CANOPY_TOKEN:-hidden}" > told'`;

  it('hands over who is meant, in the folder of canopy.yml, and no secret', async () => {
    const balancer = opened(`drain: ${tell}, ready: ${tell}`);
    expect(await balancer.drain('web-1', 30_000)).to.deep.equal({ cut: 0 });
    expect(text('told')).to.equal(
      'shop production web-1 http://10.0.0.1:3000 me@10.0.0.1 eu,big 30 hidden\n',
    );
    await balancer.ready('can-1', 1500);
    expect(text('told')).to.equal('shop canary can-1  me@10.0.0.3  2 hidden\n');
  });

  it('remembers who is drained, also when the command dies', async () => {
    const balancer = opened(`drain: 'true', ready: 'exit 7'`);
    await balancer.drain('web-1', 20_000);
    expect(await errorOf(balancer.ready('web-1', 20_000))).to.equal(
      'balancer-command: traffic.balancer.commands.ready ended with 7 for web-1: it said nothing',
    );
    expect(await balancer.drained()).to.deep.equal(['web-1']);
    const other = opened(`drain: 'echo no such pool >&2; exit 1', ready: 'true'`);
    expect(await errorOf(other.drain('web-2', 20_000))).to.contain(
      'drain ended with 1 for web-2: no such pool',
    );
    expect(await other.drained()).to.deep.equal(['web-1', 'web-2']);
    await other.ready('web-1', 20_000);
    await other.ready('web-2', 20_000);
    expect(await other.drained()).to.deep.equal([]);
  });

  it('takes 75 for a drain that left some: the last line says how many', async () => {
    expect(
      await opened(`drain: [echo looking, echo 4, exit 75], ready: 'true'`).drain('web-1', 20_000),
    ).to.deep.equal({
      cut: 4,
    });
    expect(await opened(`drain: exit 75, ready: 'true'`).drain('web-1', 20_000)).to.deep.equal({ cut: 1 });
  });

  it('ends a drain that takes too long, and counts one at least', async () => {
    expect(await opened(`drain: sleep 60, ready: 'true'`).drain('web-1', 300)).to.deep.equal({ cut: 1 });
    expect(log.lines.join('\n')).to.contain('how many requests are left is not known');
  }).timeout(10_000);

  it('gives the share that holds to its weight', async () => {
    const weight = `weight: 'echo "$CANOPY_WEIGHT $CANOPY_ALERT" >> weights'`;
    const balancer = opened(`drain: 'true', ready: 'true', ${weight}`);
    await change('shop', [{ kind: 'weight', weight: 20 }], { store, clock: realClock, log: quietLog() });
    expect(await balancer.settle(20_000)).to.deep.equal([]);
    const alert = { since: 1, by: 'ann', reason: 'slow' };
    await change('shop', [{ kind: 'alert', actor: 'store', alert }], {
      store,
      clock: realClock,
      log: quietLog(),
    });
    await balancer.settle(20_000);
    expect(text('weights')).to.equal('20 0\n0 1\n');
    expect((await balancer.load()).canaryShare).to.equal(0);
  });

  it('has no share to give without a weight, and says so', async () => {
    const bare = configOf(`drain: 'true', ready: 'true'`);
    expect(await errorOf((async () => refuseUnweighted(bare))())).to.match(
      /^balancer-weight: .* has no weight/,
    );
    refuseUnweighted(configOf(`drain: 'true', ready: 'true', weight: 'true'`));
  });

  it('is asked by its check before anything is touched', async () => {
    await opened(`drain: 'true', ready: 'true'`).check();
    const away = opened(`drain: 'true', ready: 'true', check: 'echo cannot log in; exit 4'`);
    expect(await errorOf(away.check())).to.equal(
      'balancer-command: traffic.balancer.commands.check ended with 4: cannot log in',
    );
  });

  it('knows no load, and no stranger', async () => {
    const balancer = opened(`drain: 'true', ready: 'true'`);
    await balancer.drain('web-2', 20_000);
    expect((await balancer.load()).instances).to.deep.equal([
      { name: 'web-1', healthy: true, drained: false, requestsPerSecond: null },
      { name: 'web-2', healthy: true, drained: true, requestsPerSecond: null },
      { name: 'can-1', healthy: true, drained: false, requestsPerSecond: null },
    ]);
    expect(await errorOf(balancer.drain('web-9', 20_000))).to.match(/^balancer-instance/);
    expect(await balancer.drained()).to.deep.equal(['web-2']);
  });
});
