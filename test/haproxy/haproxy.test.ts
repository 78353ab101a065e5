import { expect } from 'chai';
import {
  complaint,
  countedSince,
  diffOf,
  inParts,
  parseHaproxyState,
  readingOf,
  toRequest,
  desiredOf,
  type HaproxyState,
} from '../../src/haproxy/index.ts';
import { setHealth, setState, setWeight } from '../../src/haproxy/runtime-commands.ts';
import type { TrafficState } from '../../src/traffic/index.ts';
import { switchedOn } from '../support/router/canary-on.ts';
import { answer, noBackend } from './answers.ts';

const stand = (): HaproxyState => {
  const parsed = parseHaproxyState(answer);
  if (!parsed.ok) throw new Error(parsed.reason);
  return parsed.stand;
};
const member = (name: string) => ({ instance: name, server: name });
const arms = { stable: ['web-1', 'web-2', 'web-3'].map(member), canary: [member('can-1')] };
const state = (more: Partial<TrafficState> = {}): TrafficState => ({ ...switchedOn(0, 1), ...more });
const out = (name: string) => ({ [name]: { since: 1, by: 'x' } });

describe('what HAProxy answers', () => {
  it('is the level, the process, and each server with its counters', () => {
    const { servers, ...facts } = stand();
    expect(facts).to.deep.equal({
      level: 'admin',
      version: '2.6.12-1+deb12u4',
      pid: 32630,
      uptimeS: 17,
      algorithm: 'roundrobin',
    });
    expect(Object.keys(servers)).to.deep.equal(['web-1', 'web-2', 'web-3', 'can-1']);
    expect(servers['web-1']).to.deep.equal({
      ...{ state: 'ready', weight: 90, configured: 100, up: true, checked: true, sessions: 3, rate: 7 },
      counters: {
        requests: 10,
        answers: { '1xx': 0, '2xx': 4, '3xx': 1, '4xx': 1, '5xx': 2, other: 0 },
        ...{ unconnected: 1, unanswered: 2, answerMs: 25 },
      },
    });
    expect(servers['web-2']).to.deep.include({ state: 'drain', up: true });
    expect(servers['web-3']).to.deep.include({ state: 'ready', up: false });
    expect(servers['can-1']).to.deep.include({ state: 'maint', up: false, checked: true });
  });

  for (const [name, text, kind] of [
    ['a backend that is not there', noBackend, 'backend'],
    ['nothing', '', 'odd'],
    ['somebody else', 'HTTP/1.1 400 Bad Request\n\n', 'odd'],
    ['half an answer', answer.slice(0, answer.indexOf('1\n# be_id')), 'odd'],
    ['another format of the states', answer.replace('\n1\n# be_id', '\n2\n# be_id'), 'odd'],
    ['binary rubbish', '\u0000\u0001\n\n\u0002', 'odd'],
  ] as const)
    it(`refuses ${name}`, () => {
      expect(parseHaproxyState(text)).to.deep.include({ ok: false, kind });
    });

  it('to a change is nothing, or a complaint', () => {
    expect(complaint('\n\n\n')).to.equal(null);
    expect(complaint('\nNo such server.\n\n\nNo such server.\n')).to.equal('No such server.');
  });
});

describe('what is told to HAProxy', () => {
  it('is one line of commands', () => {
    const at = { backend: 'shop', server: 'web-1' };
    expect(toRequest([setWeight(at, 7), setState(at, 'maint'), setHealth(at, 'down')])).to.equal(
      'set server shop/web-1 weight 7;set server shop/web-1 state maint;set server shop/web-1 health down\n',
    );
  });

  for (const word of ['web;1', 'web 1', 'web\n1', 'wéb', '$(id)'])
    it(`never holds ${JSON.stringify(word)}`, () => {
      expect(() => toRequest([setState({ backend: 'shop', server: word }, 'ready')])).to.throw(TypeError);
    });

  it('comes in parts that HAProxy can read', () => {
    const lines = Array.from({ length: 130 }, (_, at) => ['x', String(at)]);
    expect(inParts(lines).map((part) => part.length)).to.deep.equal([60, 60, 10]);
    expect(inParts(lines).flat()).to.deep.equal(lines);
    expect(inParts([])).to.deep.equal([]);
  });
});

describe('what is wanted of HAProxy', () => {
  const wanted = (of: TrafficState | null, leaving: string[] = []) =>
    Object.fromEntries(
      desiredOf(of, arms, stand(), leaving).servers.map(({ server, state: is, weight }) => [
        server,
        `${is} ${weight}`,
      ]),
    );
  const all = (more: Record<string, string> = {}) => ({
    ...{ 'web-1': 'ready 100', 'web-2': 'ready 100', 'web-3': 'ready 100', 'can-1': 'maint 1' },
    ...more,
  });

  for (const [name, of, expected] of [
    ['no state: the weights of haproxy.cfg, and no canary', null, all()],
    ['no share: the same', state(), all()],
    ['an instance that is drained', state({ drained: out('web-2') }), all({ 'web-2': 'maint 100' })],
    [
      'a share',
      state({ weight: 25 }),
      { 'web-1': 'ready 1', 'web-2': 'ready 1', 'web-3': 'ready 1', 'can-1': 'ready 1' },
    ],
    [
      'a share while one is drained: the two others count',
      state({ weight: 50, drained: out('web-3') }),
      { 'web-1': 'ready 1', 'web-2': 'ready 1', 'web-3': 'maint 1', 'can-1': 'ready 2' },
    ],
    ['a share under an alert', state({ weight: 50, alert: { since: 1, by: 'x', reason: 'y' } }), all()],
    ['a share that was reverted', state({ weight: 50, reverted: { since: 1, by: 'x', reason: 'y' } }), all()],
    ['a canary that is off', state({ weight: 50, enabled: false }), all()],
    [
      'a drained canary',
      state({ weight: 50, drained: out('can-1') }),
      { 'web-1': 'ready 1', 'web-2': 'ready 1', 'web-3': 'ready 1', 'can-1': 'maint 1' },
    ],
  ] as const)
    it(name, () => expect(wanted(of)).to.deep.equal(expected));

  it('lets one that leaves finish before it is in maintenance', () => {
    expect(wanted(state({ drained: out('web-1') }), ['web-1', 'web-2'])).to.deep.equal(
      all({ 'web-1': 'drain 100' }),
    );
  });
});

describe('where HAProxy has drifted', () => {
  const drift = (of: TrafficState | null, from = stand()) => diffOf(desiredOf(of, arms, from), from, 'shop');
  const told = (of: TrafficState | null, from = stand()) =>
    drift(of, from).map(({ server, says }) => `${server} ${says}`);
  const lines = (of: TrafficState | null, server: string) =>
    drift(of)
      .find((one) => one.server === server)
      ?.lines.map((line) => line.slice(3).join(' '));

  it('is told in words', () => {
    expect(told(null)).to.deep.equal(['web-1 weight 90, wanted 100', 'web-2 drain, wanted ready']);
    expect(told(state({ drained: out('web-1') }))).to.deep.equal([
      'web-1 ready, wanted maint',
      'web-2 drain, wanted ready',
    ]);
  });

  it('takes out before it puts in', () => {
    expect(told(state({ drained: out('web-3') }))[0]).to.equal('web-3 ready, wanted maint');
  });

  it('names a server that is not there, and can do nothing about it', () => {
    const { 'web-2': _, ...servers } = stand().servers;
    const found = drift(null, { ...stand(), servers }).find(({ server }) => server === 'web-2');
    expect(found).to.deep.include({ says: 'no such server in the backend', lines: [] });
  });

  it('comes back from maintenance without a weight, and down until a check says otherwise', () => {
    expect(lines(state({ weight: 25 }), 'can-1')).to.deep.equal([
      'weight 0',
      'state ready',
      'health down',
      'weight 1',
    ]);
  });

  it('comes back at once from a drain, and where HAProxy asks nobody', () => {
    expect(lines(null, 'web-2')).to.deep.equal(['weight 100', 'state ready']);
    const servers = { ...stand().servers };
    const canary = servers['can-1'];
    if (canary) servers['can-1'] = { ...canary, checked: false };
    const from = { ...stand(), servers };
    const found = diffOf(desiredOf(state({ weight: 25 }), arms, from), from, 'shop');
    expect(
      found.find(({ server }) => server === 'can-1')?.lines.map((line) => line.slice(3).join(' ')),
    ).to.deep.equal(['weight 1', 'state ready']);
  });

  it('is nothing once all of it is mended', () => {
    for (const of of [null, state({ weight: 33 }), state({ drained: out('web-1') })]) {
      const servers = Object.fromEntries(
        desiredOf(of, arms, stand()).servers.map(({ server, state: is, weight }) => [
          server,
          { ...(stand().servers[server] as HaproxyState['servers'][string]), state: is, weight },
        ]),
      );
      expect(told(of, { ...stand(), servers })).to.deep.equal([]);
    }
  });
});

describe('what HAProxy has counted', () => {
  const reading = (more: { pid?: number; requests?: number } = {}) => {
    const from = readingOf('lb1', stand());
    const own = from.servers['web-1'];
    if (!own) throw new Error('web-1');
    const answers = { ...own.answers, '2xx': more.requests ?? own.answers['2xx'] };
    return { ...from, pid: more.pid ?? from.pid, servers: { ...from.servers, 'web-1': { ...own, answers } } };
  };
  const nothing = { requests: 0, errors: 0 };

  it('is requests and errors an arm: 5xx, and those without an answer', () => {
    const { stable, canary } = countedSince([], [reading()], arms);
    expect(stable).to.deep.equal({
      ...{ requests: 11, errors: 5 },
      byClass: { '1xx': 0, '2xx': 4, '3xx': 1, '4xx': 1, '5xx': 2, other: 0, none: 3 },
    });
    expect(canary).to.deep.include(nothing);
  });
  it('is the difference to before', () => {
    expect(countedSince([reading()], [reading({ requests: 10 })], arms).stable).to.deep.include({
      requests: 6,
      errors: 0,
    });
  });
  it('begins anew with another process, and when somebody has cleared the counters', () => {
    const after = reading({ pid: 7 });
    expect(countedSince([reading({ requests: 9 })], [after], arms).stable.requests).to.equal(11);
    expect(
      countedSince([reading({ requests: 9 })], [reading({ requests: 1 })], arms).stable.requests,
    ).to.equal(8);
  });
  it('adds up over several hosts', () => {
    const other = { ...reading(), host: 'lb2' };
    expect(countedSince([reading()], [reading(), other], arms).stable.requests).to.equal(11);
  });
});
