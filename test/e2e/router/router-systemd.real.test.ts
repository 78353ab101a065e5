import { expect } from 'chai';
import { lost, startLoad, type Load, type LoadResult } from '../../support/http/load.ts';
import {
  needsRouterHost,
  publicPort,
  startRouterHost,
  unit,
  type RouterHost,
} from '../../support/router/router-host.ts';
import { waitFor } from '../../support/wait-for.ts';

describe('canopy router: as a service of systemd, end to end', function () {
  this.timeout(120_000);
  let at: RouterHost;
  before(needsRouterHost);
  before(async () => {
    at = await startRouterHost();
  });
  after(() => at?.stop());
  let loads: Load[] = [];
  const load = (path: string, pauseMs: number): void => {
    loads.push(startLoad({ host: at.address, port: publicPort, path, connections: 4, pauseMs }));
  };
  afterEach(async function () {
    await Promise.all(loads.map((one) => one.stop()));
    loads = [];
    if (this.currentTest?.state === 'failed') console.log(await at.log());
  });
  /** Resolves when each load has got answers from here on. */
  const going = async (): Promise<void> => {
    const from = loads.map((one) => one.now().requests);
    await waitFor('requests of each', () =>
      loads.every((one, index) => one.now().requests > (from[index] ?? 0) + 10),
    );
  };
  const nothingLost = async (): Promise<void> => {
    for (const one of loads) {
      const counted = await one.stop();
      expect(lost(counted), JSON.stringify([counted.statuses, counted.failures])).to.equal(0);
      expect(counted.requests).to.be.greaterThan(20);
    }
  };
  /** Four requests of two seconds each; resolves when the instances have them. */
  const slowOnes = async (): Promise<{ readonly answered: Promise<LoadResult> }> => {
    const options = { host: at.address, port: publicPort, path: '/?ms=2000', connections: 4, requests: 4 };
    const { done } = startLoad(options);
    await waitFor('four requests in flight', async () => {
      const { arms } = await at.ask('GET', '/state');
      const all = [...arms.stable, ...arms.canary] as { readonly inFlight: number }[];
      return all.reduce((sum, { inFlight }) => sum + inFlight, 0) === 4;
    });
    return { answered: done };
  };

  const workers = async (): Promise<number> =>
    Number(await at.sh('ps -o pid= --ppid "$1" | wc -l', await at.show('MainPID')));

  it('starts by the unit that is printed, and splits exactly', async () => {
    await at.install('service');
    await at.sh('systemctl enable --now --quiet "$1"', unit);
    await at.serves();
    await at.ask('PUT', '/weight', { weight: 25 });
    const { byHeader, statuses } = await startLoad({
      ...{ host: at.address, port: publicPort, by: 'x-instance', requests: 400, connections: 4 },
    }).done;
    expect([statuses, byHeader]).to.deep.equal([{ 200: 400 }, { 'web-1': 300, 'canary-1': 100 }]);
  });

  it('may write nothing but its state, and holds no right of root', async () => {
    const pid = await at.show('MainPID');
    const asRouter = (script: string): Promise<string> =>
      at.sh(`nsenter --target "$1" --mount -- runuser -u canopy -- sh -c "$2" 2>&1 || true`, pid, script);
    expect(await at.sh('ps -o user= -p "$1"', pid)).to.equal('canopy');
    expect(await at.sh('grep -E "^(CapEff|CapBnd|NoNewPrivs)" "/proc/$1/status"', pid)).to.match(
      /^CapEff:\s+0+\nCapBnd:\s+0+\nNoNewPrivs:\s+1$/,
    );
    expect(await at.sh('stat -c "%U %a" /var/lib/canopy/shop/router.json')).to.equal('canopy 600');
    expect(await asRouter('touch /var/lib/canopy/shop/more && rm /var/lib/canopy/shop/more')).to.equal('');
    expect(await asRouter('touch /var/tmp/seen && ls -A /tmp')).to.equal('');
    expect(await at.sh('ls -A /var/tmp')).not.to.contain('seen');
    expect(await asRouter('touch /var/lib/more')).to.contain('Read-only file system');
    expect(await asRouter('ls /home/deploy')).to.contain('Permission denied');
    expect(await asRouter('cat /etc/canopy/shop.env')).to.contain('Permission denied');
  });

  it('takes up a changed canopy.yml at a reload, and goes on when it is no good', async () => {
    load('/', 5);
    load('/?ms=200', 0);
    await going();
    const better = { stable: ['web-1', 'web-2'], more: '  workers: 2\n' } as const;
    await at.configure(better);
    await at.sh('systemctl reload "$1"', unit);
    await going();
    const { arms } = await at.ask('GET', '/state');
    expect(arms.stable.map(({ name }: { name: string }) => name)).to.deep.equal(['web-1', 'web-2']);
    await waitFor('two workers', async () => (await workers()) === 2);
    await at.configure({ more: '  colour: red\n' });
    expect(await at.sh('systemctl reload "$1" || echo refused', unit)).to.equal('refused');
    expect(await at.show('ActiveState')).to.equal('active');
    await going();
    await nothingLost();
    await at.configure(better);
  });

  it('is restarted without a lost request when systemd keeps the sockets', async () => {
    await at.install('socket');
    await at.sh('systemctl stop "$1"; systemctl enable --now --quiet "$1.socket"', unit);
    // Nobody has started it: the first request does.
    expect((await fetch(`http://${at.address}:${publicPort}/`)).status).to.equal(200);
    load('/', 5);
    load('/?ms=200', 0);
    for (let turn = 0; turn < 3; turn += 1) {
      await going();
      await at.sh('systemctl restart "$1"', unit);
    }
    await going();
    await nothingLost();
    // One that was told to stop while its second worker was starting still.
    expect(await at.log()).not.to.contain('a defect of Canopy');
  });

  it('comes back after a crash with the share that it had, while the store is away', async () => {
    await at.ask('PUT', '/weight', { weight: 40 });
    await at.sh('systemctl stop store');
    const { answered } = await slowOnes();
    await at.sh('kill -9 "$1"', await at.show('MainPID'));
    await waitFor('another one', async () => (await at.show('NRestarts')) === '1');
    await at.serves();
    expect(await at.ask('GET', '/weight')).to.include({ weight: 40 });
    expect((await answered).statuses).to.deep.equal({ 200: 4 });
  });

  it('comes up by itself when canopy.yml was no good for a while', async () => {
    // As often within ten seconds as makes systemd give up on a unit that does not say otherwise.
    await at.sh(
      'mkdir "/etc/systemd/system/$1.service.d"; printf "[Service]\\nRestartSec=100ms\\n" >"/etc/systemd/system/$1.service.d/often.conf"; systemctl daemon-reload',
      unit,
    );
    await at.configure({ more: '  colour: red\n' });
    await at.sh('systemctl restart "$1"', unit);
    await waitFor(
      'more tries than systemd allows by default',
      async () => Number(await at.show('NRestarts')) > 6,
    );
    await at.configure();
    await at.serves();
  });

  it('finishes what is in flight when it is stopped', async () => {
    const { answered } = await slowOnes();
    await at.sh('systemctl stop "$1.socket" "$1"', unit);
    expect((await answered).statuses).to.deep.equal({ 200: 4 });
    expect(await at.sh('ps -o args= -u canopy || true')).to.equal('');
    expect([await at.show('Result'), await at.show('ExecMainStatus')]).to.deep.equal(['success', '0']);
  });
});
