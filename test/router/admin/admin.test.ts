import { expect } from 'chai';
import { administer, type AdminPorts } from '../../../src/router/admin/routes.ts';
import { openGuard, type Tokens } from '../../../src/router/admin/guard.ts';
import { sumReports } from '../../../src/router/admin/sum-reports.ts';
import { reportWith } from './report-cases.ts';
import { adminCases, both, type AdminCase } from './admin-cases.ts';

function portsOf(tokens: Tokens, now: () => number = () => 0): AdminPorts & { readonly done: string[] } {
  const done: string[] = [];
  const guard = openGuard(tokens);
  return {
    done,
    guard: (need, authorization, address) => guard(need, { authorization, address, now: now() }),
    now,
    raise: (alert) => {
      done.push(`alert ${alert.reason}`);
      return Promise.resolve({ alert, late: [] });
    },
    rearm: () => {
      done.push('rearm');
      return Promise.resolve();
    },
    setSticky: (mode) => {
      done.push(`sticky ${mode}`);
      return Promise.resolve();
    },
    reload: () => {
      done.push('reload');
      return Promise.resolve({ ok: true, done: { added: [], removed: [], changed: [], restart: [] } });
    },
    maintain: ({ on, reason }) => {
      done.push(`maintenance ${on ? reason : 'off'}`);
      return Promise.resolve();
    },
    maintenance: () => null,
    setWeight: (weight) => {
      done.push(`weight ${weight}`);
      return Promise.resolve();
    },
    report: () => Promise.resolve(sumReports(reportWith(), [], [])),
    stopping: () => false,
  };
}

const ask = (
  ports: AdminPorts,
  one: Pick<AdminCase, 'method' | 'path' | 'token' | 'body'>,
  address = '127.0.0.1',
) =>
  administer(ports, {
    method: one.method,
    path: one.path,
    authorization: one.token === undefined ? undefined : `Bearer ${one.token}`,
    address,
    body: (limit) => Promise.resolve((one.body ?? '').length > limit ? null : (one.body ?? '')),
  });

describe('admin port', () => {
  for (const one of adminCases) {
    it(`${one.name}: ${one.status}`, async () => {
      const ports = portsOf(one.tokens ?? both);
      const answer = await ask(ports, one);
      expect(answer.status).to.equal(one.status);
      const writes = !['GET', 'HEAD'].includes(one.method);
      expect(ports.done.length, 'what was done').to.equal(writes && one.status === 200 ? 1 : 0);
      if (one.status >= 400)
        expect(answer.body).to.have.nested.property('error.hint').that.is.a('string').and.is.not.empty;
    });
  }

  it('answers an alert with when and by whom', async () => {
    const answer = await ask(portsOf(both), {
      method: 'POST',
      path: '/alert',
      token: 'full',
      body: '{"reason":"a\\nb"}',
    });
    expect(answer.body).to.deep.equal({
      alert: true,
      since: '1970-01-01T00:00:00.000Z',
      by: 'admin port, 127.0.0.1',
      reason: 'a b',
      late: [],
    });
  });

  it('limits wrong tokens to five a second an address, and never a right one', async () => {
    let now = 1000;
    const ports = portsOf(both, () => now);
    const wrong = { method: 'POST', path: '/alert', token: 'guess' };
    const statuses = [];
    for (let at = 0; at < 7; at += 1) statuses.push((await ask(ports, wrong)).status);
    expect(statuses).to.deep.equal([401, 401, 401, 401, 401, 429, 429]);
    expect((await ask(ports, { ...wrong, token: 'alert' })).status, 'right').to.equal(200);
    expect((await ask(ports, wrong, '10.0.0.1')).status, 'another address').to.equal(401);
    now += 1000;
    expect((await ask(ports, wrong)).status, 'a second later').to.equal(401);
  });

  it('reads only Bearer tokens', async () => {
    const ports = portsOf(both);
    for (const authorization of ['Basic full', 'Bearer', 'Bearer full extra', 'full', '']) {
      const answer = await administer(ports, {
        method: 'POST',
        path: '/alert',
        authorization,
        address: 'x',
        body: () => Promise.resolve(''),
      });
      expect(answer.status, authorization).to.equal(401);
    }
  });
});
