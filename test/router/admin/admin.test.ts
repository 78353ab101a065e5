import { expect } from 'chai';
import { answerTo } from '../../../src/http-server/index.ts';
import {
  adminAccess,
  adminApi,
  type AdminPorts,
  type AdminTokens,
} from '../../../src/router/admin/routes.ts';
import { sumReports } from '../../../src/router/admin/sum-reports.ts';
import { reportWith } from './report-cases.ts';
import { adminCases, both, type AdminCase } from './admin-cases.ts';

type Ports = AdminPorts & { readonly done: string[] };

const apiOf = (tokens: AdminTokens, now?: () => number) => {
  const ports = portsOf(now);
  return { ...adminApi(ports, adminAccess(tokens)), done: ports.done };
};

function portsOf(now: () => number = () => 0): Ports {
  const done: string[] = [];
  return {
    done,
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
  api: ReturnType<typeof apiOf>,
  one: Pick<AdminCase, 'method' | 'path' | 'token' | 'body'>,
  address = '127.0.0.1',
) =>
  answerTo(api, {
    method: one.method,
    path: one.path,
    headers: { authorization: one.token === undefined ? undefined : `Bearer ${one.token}` },
    address,
    body: (limit) => Promise.resolve((one.body ?? '').length > limit ? null : (one.body ?? '')),
  });

describe('admin port', () => {
  for (const one of adminCases) {
    it(`${one.name}: ${one.status}`, async () => {
      const api = apiOf(one.tokens ?? both);
      const answer = await ask(api, one);
      expect(answer.status).to.equal(one.status);
      const writes = !['GET', 'HEAD'].includes(one.method);
      expect(api.done.length, 'what was done').to.equal(writes && one.status === 200 ? 1 : 0);
      if (one.status >= 400)
        expect(answer.body).to.have.nested.property('error.hint').that.is.a('string').and.is.not.empty;
    });
  }

  it('answers an alert with when and by whom', async () => {
    const answer = await ask(apiOf(both), {
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
    const api = apiOf(both, () => now);
    const wrong = { method: 'POST', path: '/alert', token: 'guess' };
    const statuses = [];
    for (let at = 0; at < 7; at += 1) statuses.push((await ask(api, wrong)).status);
    expect(statuses).to.deep.equal([401, 401, 401, 401, 401, 429, 429]);
    expect((await ask(api, { ...wrong, token: 'alert' })).status, 'right').to.equal(200);
    expect((await ask(api, wrong, '10.0.0.1')).status, 'another address').to.equal(401);
    now += 1000;
    expect((await ask(api, wrong)).status, 'a second later').to.equal(401);
  });

  it('reads only Bearer tokens', async () => {
    const api = apiOf(both);
    for (const authorization of ['Basic full', 'Bearer', 'Bearer full extra', 'full', '']) {
      const answer = await answerTo(api, {
        method: 'POST',
        path: '/alert',
        headers: { authorization },
        address: 'x',
        body: () => Promise.resolve(''),
      });
      expect(answer.status, authorization).to.equal(401);
    }
  });
});
