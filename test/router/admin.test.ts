import { expect } from 'chai';
import { administer, type AdminPorts } from '../../src/router/admin.ts';
import { openGuard, type Tokens } from '../../src/router/guard.ts';

interface Case {
  readonly name: string;
  readonly tokens?: Tokens;
  readonly method: string;
  readonly path: string;
  readonly token?: string;
  readonly body?: string;
  readonly status: number;
}

const both: Tokens = { full: 'full', alert: 'alert' };
const empty: Tokens = { full: '', alert: '' };
const cases: Case[] = [
  {
    name: 'alert by the full token',
    method: 'POST',
    path: '/alert',
    token: 'full',
    body: '{"reason":"x"}',
    status: 200,
  },
  {
    name: 'alert by the alert token',
    method: 'POST',
    path: '/alert',
    token: 'alert',
    body: '{"reason":"x"}',
    status: 200,
  },
  { name: 'alert without a body', method: 'POST', path: '/alert', token: 'alert', status: 200 },
  { name: 'alert without a token', method: 'POST', path: '/alert', status: 401 },
  { name: 'alert by a wrong token', method: 'POST', path: '/alert', token: 'nope', status: 401 },
  {
    name: 'alert with a body that is no JSON',
    method: 'POST',
    path: '/alert',
    token: 'full',
    body: 'help',
    status: 400,
  },
  {
    name: 'alert with a reason that is no text',
    method: 'POST',
    path: '/alert',
    token: 'full',
    body: '{"reason":1}',
    status: 400,
  },
  { name: 'alert with a list', method: 'POST', path: '/alert', token: 'full', body: '[]', status: 400 },
  { name: 're-arm by the full token', method: 'DELETE', path: '/alert', token: 'full', status: 200 },
  { name: 're-arm by the alert token', method: 'DELETE', path: '/alert', token: 'alert', status: 403 },
  { name: 're-arm without a token', method: 'DELETE', path: '/alert', status: 401 },
  {
    name: 'weight by the full token',
    method: 'PUT',
    path: '/weight',
    token: 'full',
    body: '{"weight":20}',
    status: 200,
  },
  {
    name: 'weight with a decimal',
    method: 'PUT',
    path: '/weight',
    token: 'full',
    body: '{"weight":0.5}',
    status: 200,
  },
  {
    name: 'weight by the alert token',
    method: 'PUT',
    path: '/weight',
    token: 'alert',
    body: '{"weight":20}',
    status: 403,
  },
  {
    name: 'weight above 100',
    method: 'PUT',
    path: '/weight',
    token: 'full',
    body: '{"weight":101}',
    status: 400,
  },
  {
    name: 'weight below 0',
    method: 'PUT',
    path: '/weight',
    token: 'full',
    body: '{"weight":-1}',
    status: 400,
  },
  {
    name: 'weight with two decimals',
    method: 'PUT',
    path: '/weight',
    token: 'full',
    body: '{"weight":1.25}',
    status: 400,
  },
  {
    name: 'weight as text',
    method: 'PUT',
    path: '/weight',
    token: 'full',
    body: '{"weight":"20"}',
    status: 400,
  },
  { name: 'no weight', method: 'PUT', path: '/weight', token: 'full', body: '{}', status: 400 },
  {
    name: 'a body too long',
    method: 'PUT',
    path: '/weight',
    token: 'full',
    body: 'x'.repeat(70_000),
    status: 413,
  },
  { name: 'reading the weight', method: 'GET', path: '/weight', token: 'full', status: 200 },
  { name: 'reading the weight with a query', method: 'GET', path: '/weight?x=1', token: 'full', status: 200 },
  {
    name: 'reading the weight by the alert token',
    method: 'GET',
    path: '/weight',
    token: 'alert',
    status: 403,
  },
  { name: 'reading the weight without a token', method: 'GET', path: '/weight', status: 401 },
  { name: 'reading the state', method: 'GET', path: '/state', token: 'full', status: 200 },
  { name: 'reading the state by a wrong token', method: 'GET', path: '/state', token: 'x', status: 401 },
  { name: 'metrics need no token', method: 'GET', path: '/metrics', status: 200 },
  { name: 'healthz needs no token', method: 'GET', path: '/healthz', status: 200 },
  { name: 'HEAD is like GET', method: 'HEAD', path: '/healthz', status: 200 },
  { name: 'another page', method: 'GET', path: '/nope', token: 'full', status: 404 },
  { name: 'a name that every object has', method: 'GET', path: '/constructor', token: 'full', status: 404 },
  { name: 'another method', method: 'PATCH', path: '/weight', token: 'full', status: 405 },
  {
    name: 'a method that every object has',
    method: 'constructor',
    path: '/weight',
    token: 'full',
    status: 405,
  },
  { name: 'empty token: alert', tokens: empty, method: 'POST', path: '/alert', status: 403 },
  {
    name: 'empty token: alert with an empty token',
    tokens: empty,
    method: 'POST',
    path: '/alert',
    token: '',
    status: 403,
  },
  {
    name: 'empty token: alert with some token',
    tokens: empty,
    method: 'POST',
    path: '/alert',
    token: 'x',
    status: 403,
  },
  { name: 'empty token: re-arm', tokens: empty, method: 'DELETE', path: '/alert', status: 403 },
  {
    name: 'empty token: weight',
    tokens: empty,
    method: 'PUT',
    path: '/weight',
    body: '{"weight":1}',
    status: 403,
  },
  { name: 'empty token: reading', tokens: empty, method: 'GET', path: '/weight', status: 200 },
  {
    name: 'only an alert token: alert',
    tokens: { full: '', alert: 'alert' },
    method: 'POST',
    path: '/alert',
    token: 'alert',
    status: 200,
  },
  {
    name: 'only an alert token: weight',
    tokens: { full: '', alert: 'alert' },
    method: 'PUT',
    path: '/weight',
    token: 'alert',
    body: '{"weight":1}',
    status: 403,
  },
];

function portsOf(tokens: Tokens, now: () => number = () => 0): AdminPorts & { readonly done: string[] } {
  const done: string[] = [];
  const guard = openGuard(tokens);
  return {
    done,
    guard: (need, authorization, address) => guard(need, { authorization, address, now: now() }),
    now,
    raise: (alert) => {
      done.push(`alert ${alert.reason}`);
      return Promise.resolve(alert);
    },
    rearm: () => {
      done.push('rearm');
      return Promise.resolve();
    },
    setWeight: (weight) => {
      done.push(`weight ${weight}`);
      return Promise.resolve();
    },
    weight: () => ({ weight: 33 }),
    state: () => ({}),
    metrics: () => 'x 1\n',
    stopping: () => false,
  };
}

const ask = (
  ports: AdminPorts,
  one: Pick<Case, 'method' | 'path' | 'token' | 'body'>,
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
  for (const one of cases) {
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
