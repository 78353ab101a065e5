import { expect } from 'chai';
import type { Hooks, Instance } from '../../../src/config/types.ts';
import { parseFacts, type InstanceFacts } from '../../../src/deploy/model/facts.ts';
import { unitObjections, unitRemarks } from '../../../src/deploy/model/unit.ts';

const factsOf = (...lines: string[]): Record<string, InstanceFacts> => {
  const facts = parseFacts(
    ['canopy\tfacts', ...lines.map((line) => `unit\t${line}`), 'end\tfacts'].join('\n'),
  );
  if (facts === null) throw new Error('no facts');
  return { web: facts };
};
const loaded = ['Id=shop.service', 'LoadState=loaded'];
const noHooks: Hooks = { prepare: null, once: null, after: null, failure: null };
const instances = [{ name: 'web', path: '/srv/shop', env: { A: '1' } } as unknown as Instance];
const against = (lines: string[], hooks = noHooks): string[] =>
  unitObjections(instances, factsOf(...lines), hooks).map(({ code, message }) => `${code}: ${message}`);
const remarks = (lines: string[], all = instances): unknown => unitRemarks(all, factsOf(...lines));

describe('units of systemd', () => {
  it('say nothing when they were not asked, or when all is well', () => {
    expect(against([])).to.deep.equal([]);
    expect(remarks([])).to.deep.equal([]);
    expect(against(loaded)).to.deep.equal([]);
  });

  for (const [what, lines, wanted] of [
    [
      'is missing',
      ['Id=shop.service', 'LoadState=not-found'],
      'unit-missing: web has no unit shop.service that could be started: systemd says not-found',
    ],
    [
      'is masked',
      ['Id=shop.service', 'LoadState=masked'],
      'unit-missing: web has no unit shop.service that could be started: systemd says masked',
    ],
    [
      'is not told of',
      ['Id=shop.service'],
      'unit-missing: web has no unit shop.service that could be started: systemd says nothing',
    ],
    [
      'may not be restarted',
      [...loaded, 'Denied=restart', 'Denied=stop'],
      'remote-permission: web: permission denied (control shop.service): sudo allows no systemctl restart, stop of it without a password',
    ],
    [
      'would end with the connection',
      ['Id=shop.service', 'NoLinger=deploy'],
      'linger-missing: web: shop.service would end with the SSH connection: deploy does not linger',
    ],
  ] as const) {
    it(`object when one ${what}`, () => expect(against([...lines])).to.deep.equal([wanted]));
  }

  it('object when one would start a program where none is started, unless it runs', () => {
    const own = '{ path=/srv/shop/current/serve ; argv[]=/srv/shop/current/serve ; ignore_errors=no }';
    const elsewhere = '{ path=/usr/bin/node ; argv[]=/usr/bin/node /srv/shop/current/app.js }';
    const said = (program: string, ...more: string[]): string[] => {
      const lines = [...loaded, `ExecStart=${program}`].map((line) => `unit\t${line}`);
      const web = parseFacts(['canopy\tfacts', ...lines, ...more, 'end\tfacts'].join('\n'));
      if (web === null) throw new Error('no facts');
      return unitObjections(instances, { web }, noHooks).map(({ message }) => message);
    };
    expect(said(own, 'noexec\t/srv')).to.deep.equal([
      'web: /srv is mounted noexec: no program that lies there can be started (start shop.service): /srv/shop/current/serve',
    ]);
    expect(said(own)).to.deep.equal([]);
    expect(said(own, 'noexec\t/srv', 'running\tyes')).to.deep.equal([]);
    expect(said(elsewhere, 'noexec\t/srv')).to.deep.equal([]);
  });

  it('may be brought by a hook that runs before the switch', () => {
    const hooks = { ...noHooks, prepare: { run: ['true'], on: 'instance' as const, timeoutMs: 1 } };
    expect(against(['Id=shop.service', 'LoadState=not-found'], hooks)).to.deep.equal([]);
  });

  it('warn when env is set and the unit does not read it', () => {
    const text =
      'shop.service does not read env: add EnvironmentFile=-/srv/shop/current/.canopy/env to its [Service]';
    expect(remarks(loaded)).to.deep.equal([['web', text]]);
    expect(
      remarks([...loaded, 'EnvironmentFiles=', 'EnvironmentFiles=/etc/default/shop (ignore_errors=yes)']),
    ).to.deep.equal([['web', text]]);
    expect(remarks(loaded, [{ ...instances[0], env: {} } as unknown as Instance])).to.deep.equal([]);
  });

  for (const line of [
    'EnvironmentFiles=/srv/shop/current/.canopy/env (ignore_errors=yes)',
    'EnvironmentFiles=/srv/shop//current/./.canopy/env (ignore_errors=no)',
    'EnvironmentFile=/srv/shop/current/.canopy/env (ignore_errors=yes)',
  ]) {
    it(`do not warn with ${line}`, () =>
      expect(
        remarks([...loaded, 'EnvironmentFiles=/etc/default/shop (ignore_errors=yes)', line]),
      ).to.deep.equal([]));
  }
});
