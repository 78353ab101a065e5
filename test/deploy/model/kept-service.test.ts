import { expect } from 'chai';
import type { Instance, Service } from '../../../src/config/types.ts';
import { byWhatItWasStarted, parseFacts, type InstanceFacts } from '../../../src/deploy/model/facts.ts';
import {
  isChanged,
  isOther,
  keptService,
  serviceIn,
  withService,
} from '../../../src/deploy/model/kept-service.ts';
import { earlierOf } from '../../../src/deploy/model/previous.ts';
import { makePlan } from '../../../src/deploy/plan/plan.ts';
import { serviceObjections, serviceRemarks } from '../../../src/deploy/plan/service-change.ts';

const commands: Service = { kind: 'commands', start: ['a', 'b'], stop: ['c'], status: ['d'], log: 'log/x' };
const shop: Service = { kind: 'systemd', unit: 'shop' };
const web: Service = { kind: 'systemd', unit: 'web' };
const options = {
  ports: ['127.0.0.1:3000:3000/tcp'],
  volumes: [{ kind: 'bind', source: '/srv/a', target: '/b', readOnly: true, below: 'a' }],
  network: null,
  user: '1:1',
  memory: 1e9,
  cpus: 0.5,
  stopMs: 1000,
  restart: 'no',
  command: ['node', 'app.js'],
  envFile: 'shared/.env',
  options: ['--init'],
};
const docker = {
  ...options,
  name: 'canopy-shop-a',
  labels: { a: 'b' },
  image: { kind: 'pull', repository: 'x' },
};
const plain = (service: Service): Instance =>
  ({ name: 'a', path: '/srv/shop', service, docker: null }) as unknown as Instance;
const contained = { name: 'a', path: '/srv/shop', service: shop, docker } as unknown as Instance;
const open = (text: string): string => text;
const record = (service: unknown): string => JSON.stringify({ release: 'r1', service });

describe('by what a release was started', () => {
  it('is read as it was written', () => {
    for (const service of [commands, shop, { kind: 'user-systemd', unit: 'a@b\\x2d.1' } as const]) {
      const kept = keptService(plain(service), open);
      expect(kept).to.deep.equal(service);
      expect(serviceIn(record(kept))).to.deep.equal(service);
      expect(withService(plain(web), kept).service).to.deep.equal(service);
    }
    const kept = keptService(contained, open);
    expect(serviceIn(record(kept))).to.deep.equal({ kind: 'docker', ...options });
    const other = { ...contained, docker: { ...docker, name: 'other', memory: null } } as unknown as Instance;
    // Its name, its labels and its images are canopy.yml's.
    expect(withService(other, kept).docker).to.deep.equal({ ...docker, name: 'other' });
  });

  it('is not kept where a secret stands in it', () => {
    expect(keptService(plain(commands), (text) => text.replace('"b"', '"***"'))).to.equal(null);
  });

  for (const [what, value] of [
    ['no object', 'shop'],
    ['no kind', {}],
    ['a kind of the prototype', { kind: 'constructor' }],
    ['no unit', { kind: 'systemd', unit: 'shop; rm -rf /' }],
    ['an option as unit', { kind: 'systemd', unit: '' }],
    ['a NUL', { ...commands, start: ['a\0b'] }],
    ['a command that is none', { ...commands, stop: 'c' }],
    ['too many lines', { ...commands, stop: Array.from({ length: 101 }, () => 'c') }],
    ['an option that canopy.yml does not take', { kind: 'docker', ...options, options: ['--privileged'] }],
    ['a file elsewhere', { kind: 'docker', ...options, envFile: 'shared/../../etc/shadow' }],
    [
      'a volume with words for docker',
      { kind: 'docker', ...options, volumes: [{ ...options.volumes[0], source: '/a,readonly=false' }] },
    ],
  ] as const)
    it(`is a stranger's text: ${what}`, () => expect(serviceIn(record(value))).to.equal(null));

  it('is nothing in what is no record', () => {
    for (const text of ['', '{', '[]', 'null', '{"service":null}', `{"a":"${'x'.repeat(100_001)}"}`])
      expect(serviceIn(text)).to.equal(null);
  });

  it('is another one when its unit, or its kind, is', () => {
    expect([isOther(plain(shop), web), isOther(plain(shop), shop), isOther(plain(shop), null)]).to.deep.equal(
      [...[true, false, false]],
    );
    expect([
      isOther(plain(commands), shop),
      isOther(plain(shop), keptService(contained, open)),
    ]).to.deep.equal([...[true, true]]);
    const longer: Service = { ...commands, start: ['a'] };
    expect([isOther(plain(longer), commands), isChanged(plain(longer), commands)]).to.deep.equal([
      false,
      true,
    ]);
    expect(isChanged(plain(commands), commands)).to.equal(false);
  });
});

const facts = (...more: string[]): InstanceFacts => {
  const read = parseFacts(
    ['canopy\tfacts', 'current\treleases/r1', 'release\tr1 1', ...more, 'end\tfacts'].join('\n'),
  );
  if (read === null) throw new Error('no facts');
  return read;
};
const kept = (service: unknown, id = 'r1'): string => `record\t${id} ${record(service)}`;
const runs = 'running\tyes';
const loaded = ['unit\tId=shop.service', 'unit\tLoadState=loaded'];

describe('what runs by something else than canopy.yml says', () => {
  it('is known for each release whose record can be read', () => {
    const lines = ['record\tr2 {', 'record\t../r3 {}', kept({ kind: 'x' }, 'r4'), 'record\tr5'];
    expect(facts(kept(shop), ...lines).services).to.deep.equal({ r1: shop });
  });

  const of = (own: Instance, there: readonly string[], ...here: string[]): unknown => {
    const { services, running, elsewhere } = byWhatItWasStarted(
      own,
      facts(kept(shop), ...here),
      facts(kept(shop), ...there),
    );
    return [Object.keys(services).length === 1, running, elsewhere?.unit?.load ?? null];
  };
  for (const [what, own, there, here, wanted] of [
    ['its unit runs', web, [...loaded, runs], [], [true, true, 'loaded']],
    ['its unit does not run, and nothing does', web, loaded, [], [true, false, 'loaded']],
    ['both run', web, [...loaded, runs], [runs], [true, true, 'loaded']],
    ['somebody has moved it to the unit of canopy.yml', web, loaded, [runs], [false, true, null]],
    [
      'systemd knows its unit no more, and it runs',
      web,
      ['unit\tId=shop.service', 'unit\tLoadState=not-found', runs],
      [],
      [false, true, 'not-found'],
    ],
    ['it is the same unit', shop, [...loaded, runs], [], [true, true, null]],
  ] as const)
    it(`is told by the one that started it: ${what}`, () =>
      expect(of(plain(own), there, ...here)).to.deep.equal(wanted));

  it('goes back to the same release when that one is brought to another unit', () => {
    const elsewhere = { service: shop, unit: null };
    const all = facts(kept(shop), 'release\tr0 0', runs);
    expect(earlierOf({ ...all, elsewhere }, 'r1', undefined)).to.equal('r1');
    expect(earlierOf(all, 'r1', undefined)).to.equal('r0');
  });

  const planned = (own: InstanceFacts, release: string, size: { packed: number; unpacked: number } | null) =>
    makePlan({
      ...{ environment: 'production', release, size, strategy: 'rolling', batch: [{ count: 1 }] },
      ...{ maxUnavailable: { count: 1 }, maxFailures: 0, onFailure: 'revert', balanced: false, groups: null },
      hooks: { prepare: false, once: false, after: false, failure: false },
      instances: [{ name: 'a', keep: 5, path: '/srv/shop' }],
      facts: { a: own },
      whole: true,
    });
  const size = { packed: 1, unpacked: 1 };

  it('is brought to the unit of canopy.yml by a deploy, and left alone by a rollback to it', () => {
    const own = { ...facts(kept(shop), runs), elsewhere: { service: shop, unit: null } };
    expect(planned(own, 'r1', size).tracks.map(({ previous }) => previous)).to.deep.equal(['r1']);
    expect(planned(own, 'r1', null).unchanged).to.deep.equal(['a']);
  });

  it('stands against a container in the place of a service, and the other way round', () => {
    const against = (own: Instance, of: InstanceFacts): string[] =>
      serviceObjections([own], { a: of }, planned(of, 'r2', size)).map(({ message }) => message);
    expect(against(contained, facts(kept(shop), runs))).to.deep.equal([
      'a: r1 was started by shop.service, and canopy.yml has a container there: it could not be gone back to',
    ]);
    expect(against(plain(shop), facts(kept({ kind: 'docker', ...options }), runs))).to.deep.equal([
      'a: r1 was started by a container, and canopy.yml has a service there: it could not be gone back to',
    ]);
    expect(against(plain(web), facts(kept(shop), runs))).to.deep.equal([]);
  });

  it('is told before a deploy', () => {
    const said = (own: InstanceFacts): (readonly [string, string])[] => [
      ...serviceRemarks([plain(web)], { a: own }, planned(own, 'r2', size)),
    ];
    const elsewhere = { service: shop, unit: null };
    expect(said({ ...facts(kept(shop), runs), elsewhere })).to.deep.equal([
      [
        'a',
        'r1 was started by shop.service and goes back by it; shop.service is stopped, and stays installed',
      ],
    ]);
    expect(said({ ...facts(runs), elsewhere })).to.deep.equal([
      [
        'a',
        'r1 was started by shop.service, which systemd does not know any more: it goes back as canopy.yml says',
      ],
    ]);
    expect(said(facts(runs))).to.deep.equal([
      ['a', 'by what r1 was started is not known: it goes back as canopy.yml says'],
    ]);
    expect(said(facts(kept(web), runs))).to.deep.equal([]);
  });
});
