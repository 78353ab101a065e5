import { expect } from 'chai';
import { readConfig } from '../../src/config/index.ts';
import { subjectsOf } from '../../src/config/rules/subjects.ts';
import { gatewayIn, isHeard } from '../../src/probes/gateway.ts';
import { isBlind, isOutside, needsOf, Uplink, usualUplink } from '../../src/probes/index.ts';
import { ArmRates, type ArmReading } from '../../src/probes/index.ts';

const shop = (watch: string, balancer = 'router'): ReturnType<typeof readConfig>['config'] =>
  readConfig(
    `app: shop
store: redis://10.0.0.9
environments:
  production: { path: /srv/shop, service: { systemd: s }, instances: [{ name: web-1, host: deploy@10.0.0.11, url: http://10.0.0.11:3000 }] }
traffic: { stable: production, balancer: ${balancer}, url: http://127.0.0.1:8080 }
watch: ${watch}
`,
    '/app/canopy.yml',
    { HOME: '/' },
  ).config;

describe('what a target needs', () => {
  const targets = `{ targets: [
    { name: site, url: https://shop.example.org/ }, { name: own, url: http://10.0.0.11:9/x }, { name: jump, ssh: deploy@10.0.0.11 },
    { name: database, tcp: "10.0.0.5:5432" }, { name: beside, tcp: "10.0.0.11:1" }, { name: backup, heartbeat: 1h, needs: [site, database] } ] }`;
  const cases: [string, string[]][] = [
    ['site', ['balancer', 'router']],
    ['own', ['jump']],
    ['beside', ['jump']],
    ['web-1', ['jump']],
    ['jump', []],
    ['database', []],
    ['balancer', ['router']],
    ['router', []],
    ['store', []],
    ['traffic', []],
    ['backup', ['site', 'database', 'balancer', 'router']],
  ];
  const found = needsOf(shop(targets));
  for (const [name, needs] of cases)
    it(`${name}: ${needs.join(', ') || 'nothing'}`, () => expect(found.get(name)).to.deep.equal(needs));

  it('is none of two that need each other, however far round', () => {
    const found = needsOf(
      shop(
        '{ targets: [{ name: a, tcp: "a:1", needs: [b, store] }, { name: b, tcp: "b:1", needs: [c] }, { name: c, tcp: "c:1", needs: [a] }, { name: d, tcp: "d:1", needs: d }, { name: e, tcp: "e:1", needs: a }] }',
      ),
    );
    expect(['a', 'b', 'd', 'e'].map((name) => found.get(name))).to.deep.equal([
      ['store'],
      ['store'],
      [],
      ['a', 'b', 'store', 'c'],
    ]);
  });

  it('is no balancer where none is asked', () => {
    const site = '{ targets: [{ name: site, url: https://shop.example.org/ }] }';
    expect(needsOf(shop(site, 'none')).get('site')).to.deep.equal([]);
    expect(needsOf(shop(`{ defaults: false, ${site.slice(1)}`)).get('site')).to.deep.equal([]);
  });
});

const route = (...lines: string[]): string =>
  ['Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT', ...lines, ''].join(
    '\n',
  );

describe('the way out of this machine', () => {
  it('leads over the default gateway with the lowest metric', () => {
    const [near, far] = [
      'eth0\t00000000\t0102A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0',
      'wlan0\t00000000\t0101A8C0\t0003\t0\t0\t600\t00000000\t0\t0\t0',
    ];
    expect(gatewayIn(route(far, near))).to.equal('192.168.2.1');
    expect(gatewayIn(route(far))).to.equal('192.168.1.1');
  });
  it('is none where there is no such route', () => {
    expect(gatewayIn(route('eth0\t0002A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0'))).to.equal(null);
    expect(gatewayIn(route('tun0\t00000000\t00000000\t0001\t0\t0\t0\t00000000\t0\t0\t0'))).to.equal(null);
    expect(gatewayIn('')).to.equal(null);
  });
  it('has a gateway that is heard when it has told its hardware address', () => {
    const arp = (flags: string, hardware: string): string =>
      `IP address       HW type     Flags       HW address            Mask     Device\n192.168.2.1      0x1         ${flags}         ${hardware}     *        eth0\n`;
    expect(isHeard(arp('0x2', '02:42:ac:11:00:02'), '192.168.2.1')).to.equal(true);
    expect(isHeard(arp('0x0', '00:00:00:00:00:00'), '192.168.2.1')).to.equal(false);
    expect(isHeard(arp('0x2', '02:42:ac:11:00:02'), '192.168.2.11')).to.equal(false);
  });

  const well = { ok: true };
  const bad = { ok: false };
  const blind: [string, Parameters<typeof isBlind>, boolean][] = [
    ['all fail and so does the uplink', [[bad, bad], 'failed'], true],
    ['all fail and the uplink answers', [[bad, bad], 'answers'], false],
    ['all fail and nobody can be asked', [[bad, bad], 'none'], false],
    ['one answers', [[bad, well], 'failed'], false],
    ['of one nothing is known', [[bad, { ok: null }], 'failed'], false],
    ['none is outside of this machine', [[], 'failed'], false],
  ];
  for (const [name, given, is] of blind)
    it(`${is ? 'is lost' : 'is not lost'} when ${name}`, () => expect(isBlind(...given)).to.equal(is));

  it('is proven by targets and a store that are elsewhere', () => {
    const config = shop(
      '{ targets: [{ name: here, url: http://localhost/ }, { name: mine, tcp: "10.9.9.9:1" }, { name: c, command: x }] }',
    );
    const outside = subjectsOf(config).filter((one) => isOutside(one, config, ['10.9.9.9']));
    expect(outside.map(({ name }) => name)).to.deep.equal(['store', 'web-1']);
    expect(usualUplink(config).map(({ name }) => name)).to.deep.equal(['store']);
    expect(usualUplink({ ...config, store: shop('{}').store }).length).to.equal(1);
  });

  it('answers when one of its probes does, and is none without any', async () => {
    const probe = (ok: boolean) => ({
      check: async () => ({ ok, latencyMs: 1, why: '' }),
      close: () => undefined,
    });
    expect(await new Uplink([probe(false), probe(true)], false).ask(1000)).to.equal('answers');
    expect(await new Uplink([probe(false)], false).ask(1000)).to.equal('failed');
    expect(await new Uplink([], false).ask(1000)).to.equal('none');
    // This machine has a gateway that is alive, or none.
    expect(await new Uplink([], true).ask(3000)).to.be.oneOf(['answers', 'none']);
  });
});

describe('requests a second and errors, from what was counted', () => {
  const reading = (
    source: string,
    stable: [number, number],
    canary: [number, number] = [0, 0],
  ): ArmReading => ({
    source,
    stable: { requests: stable[0], errors: stable[1] },
    canary: { requests: canary[0], errors: canary[1] },
  });
  const told = (...steps: readonly (readonly ArmReading[] | null)[]) => {
    const rates = new ArmRates();
    const last = steps.map((all, at) => rates.samples(all, 2000 * at)).at(-1) ?? [];
    return Object.fromEntries(last.map(({ metric, target, value }) => [`${target} ${metric}`, value]));
  };

  it('are of each arm and of both', () =>
    expect(told([reading('a', [100, 0])], [reading('a', [300, 20], [100, 50])])).to.deep.equal({
      ...{ 'traffic requests': 150, 'stable requests': 100, 'canary requests': 50 },
      ...{ 'stable errors': 10, 'canary errors': 50, 'traffic errors': (100 * 70) / 300 },
    }));
  it('are of all that count together; one that is new counts from then on', () =>
    expect(
      told([reading('a', [0, 0])], [reading('a', [100, 0]), reading('b', [5000, 0])])['stable requests'],
    ).to.equal(50));
  it('go on when one begins again', () =>
    expect(told([reading('a', [900, 90])], [reading('a', [20, 2])])).to.include({
      ...{ 'stable requests': 10, 'stable errors': 10 },
    }));
  it('are over the last ten seconds', () => {
    const all = [0, 0, 1000, 1000, 1000, 1000, 1000, 1000, 1000].map((count) => [reading('a', [count, 0])]);
    expect(told(...all.slice(0, 3))['stable requests']).to.equal(250);
    expect(told(...all.slice(0, 6))['stable requests']).to.equal(100);
    expect(told(...all)['stable requests']).to.equal(0);
  });
  it('are not known at first, without requests, and when nobody counts', () => {
    expect(told([reading('a', [1, 0])])['stable requests']).to.equal(null);
    expect(told([reading('a', [1, 0])], [reading('a', [1, 0])])).to.include({
      ...{ 'stable requests': 0, 'stable errors': null },
    });
    expect(told([reading('a', [1, 0])], null)['traffic requests']).to.equal(null);
    expect(told([reading('a', [1, 0])], [], [reading('a', [9, 0])])['traffic requests']).to.equal(null);
  });
});
