import { expect } from 'chai';
import type { HealthConfig, Instance } from '../../../src/config/types.ts';
import { checkIn, keptCheck, withCheck } from '../../../src/deploy/plan/kept-check.ts';

const health: HealthConfig = {
  probe: { kind: 'http', path: '/health?deep=1', status: 204 },
  withinMs: 30_000,
  everyMs: 500,
  rise: 2,
  release: 'x-release',
  from: 'agent',
};
const instance = (
  over: Partial<HealthConfig> = {},
  url: string | null = 'http://10.0.0.1:3000/base',
): Instance => ({ name: 'web-1', url, health: { ...health, ...over } }) as Instance;
const plain = (text: string): string => text;
const there = (one: Instance) => {
  const kept = keptCheck(one, plain);
  return kept === null ? null : checkIn(JSON.stringify({ app: 'shop', health: kept }));
};

describe('the check that a release was deployed with', () => {
  const now = instance(
    { probe: { kind: 'http', path: '/up', status: 200 }, release: '/version', rise: 1, from: 'instance' },
    'https://u:p@10.0.0.9:8443',
  );

  it('comes back from the server, and is asked where canopy.yml says now', () => {
    const kept = there(instance());
    expect(kept).to.not.equal(null);
    const judged = withCheck(now, kept as NonNullable<typeof kept>);
    expect(judged.url).to.equal('http://u:p@10.0.0.9:3000');
    expect(judged.health).to.deep.equal({
      ...health,
      probe: { kind: 'http', path: '/base/health?deep=1', status: 204 },
      from: 'instance',
    });
  });

  for (const probe of [
    { kind: 'tcp', port: 5432 },
    { kind: 'command', command: ['test -e up', 'true'] },
    { kind: 'running', forMs: 10_000 },
  ] as const)
    it(`comes back with ${probe.kind}, and touches no address`, () => {
      const kept = there(instance({ probe, release: null }));
      const judged = withCheck(now, kept as NonNullable<typeof kept>);
      expect([judged.url, judged.health.probe]).to.deep.equal([now.url, probe]);
    });

  it('asks the server itself where canopy.yml names no address any more', () => {
    const kept = there(instance({}, 'https://[2001:db8::1]/'));
    expect(withCheck(instance({}, null), kept as NonNullable<typeof kept>).url).to.equal(
      'https://127.0.0.1:443',
    );
    expect(withCheck(instance({}, 'http://[2001:db8::2]:1'), kept as NonNullable<typeof kept>).url).to.equal(
      'https://[2001:db8::2]:443',
    );
  });

  it('is not kept with a secret in it', () => {
    const masked = (text: string): string => text.replace('deep=1', '[secret]');
    expect(keptCheck(instance(), masked)).to.equal(null);
    expect(
      keptCheck(instance({ probe: { kind: 'command', command: ['true', 'x deep=1'] } }), masked),
    ).to.equal(null);
    expect(keptCheck(instance({ probe: { kind: 'tcp', port: 1 } }), masked)).to.not.equal(null);
  });

  const good = there(instance());
  const hostile: readonly unknown[] = [
    null,
    [],
    'text',
    { ...good, probe: { kind: 'constructor' } },
    { ...good, probe: null },
    { ...good, probe: { ...good?.probe, path: 'http://evil.example/' } },
    { ...good, probe: { ...good?.probe, path: '/x\r\nHost: evil' } },
    { ...good, probe: { ...good?.probe, path: `/${'x'.repeat(5000)}` } },
    { ...good, probe: { ...good?.probe, port: 70_000 } },
    { ...good, probe: { ...good?.probe, port: '3000' } },
    { ...good, probe: { ...good?.probe, status: 42 } },
    { ...good, probe: { ...good?.probe, tls: 'no' } },
    { ...good, probe: { kind: 'command', command: 'rm -rf /' } },
    { ...good, probe: { kind: 'command', command: ['a\0b'] } },
    { ...good, release: 'x release: y' },
    { ...good, rise: 0 },
    { ...good, withinMs: 1e12 },
    { ...good, everyMs: 0 },
    { ...good, withinMs: undefined },
  ];
  for (const [at, one] of hostile.entries())
    it(`is read like a stranger's text: ${at}`, () => {
      expect(checkIn(JSON.stringify({ health: one }))).to.equal(null);
    });
  it('is none in what is no JSON, or too long', () => {
    expect(
      ['', '{', '[]', 'null', JSON.stringify({ health: good }).padEnd(200_000)].map(checkIn),
    ).to.deep.equal(Array(5).fill(null));
    expect(checkIn(JSON.stringify({ health: { ...good, more: 1 } }))).to.deep.equal(good);
  });
});
