import { expect } from 'chai';
import {
  counted,
  doingOf,
  emptyReport,
  lossOf,
  phaseOf,
  tellProbe,
  tellVerdict,
  type ProbeAnswer,
} from '../../../src/deploy/report/probe-report.ts';
import type { ActionKind } from '../../../src/deploy/model/actions.ts';

const at = Date.UTC(2026, 10, 21, 7, 0, 0);
const one = (more: Partial<ProbeAnswer> = {}): ProbeAnswer => ({
  at,
  ms: 12.4,
  phase: 'drain',
  doing: 'drain web-1',
  lost: null,
  ...more,
});
const reportOf = (answers: readonly ProbeAnswer[], maxLost: number | null = null) =>
  answers.reduce(counted, emptyReport('http://127.0.0.1:8080/health', maxLost));
const cut = { phase: 'activate', doing: 'activate web-1', lost: 'status 502 instead of 200' };

describe('what the probe has seen', () => {
  it('counts a phase, in the order in which they began', () => {
    const answers = [
      one(),
      one({ ms: 38.2 }),
      one({ ...cut, at: at + 500 }),
      one({ phase: 'gate', ms: 3 }),
      one(cut),
    ];
    expect(reportOf(answers)).to.deep.equal({
      url: 'http://127.0.0.1:8080/health',
      maxLost: null,
      requests: 5,
      lost: 2,
      slowestMs: 38,
      phases: [
        { phase: 'drain', requests: 2, lost: 0, slowestMs: 38 },
        { phase: 'activate', requests: 2, lost: 2, slowestMs: 12 },
        { phase: 'gate', requests: 1, lost: 0, slowestMs: 3 },
      ],
      firstLost: {
        at: '2026-11-21T07:00:00.500Z',
        doing: 'activate web-1',
        reason: 'status 502 instead of 200',
      },
    });
  });

  it('tells it in a line, and what was lost in two', () => {
    expect(tellProbe(reportOf([one(), one()]))).to.deep.equal(['probe: 2 requests, 0 lost, slowest 12 ms']);
    expect(tellProbe(reportOf([one(), one(cut), one({ phase: 'activate' })]))).to.deep.equal([
      'probe: 3 requests, 1 lost, slowest 12 ms: 1 of 2 in activate',
      'probe: the first lost at 2026-11-21T07:00:00.000Z, during activate web-1: status 502 instead of 200',
    ]);
  });

  const verdicts: [lost: number, maxLost: number | null, verdict: string | null][] = [
    [0, 0, null],
    [3, 3, null],
    [3, null, null],
    [1, 0, 'the probe lost 1 of 2 requests, 0 are allowed'],
    [2, 1, 'the probe lost 2 of 3 requests, 1 is allowed'],
  ];
  for (const [lost, maxLost, verdict] of verdicts)
    it(`${lost} lost of ${String(maxLost)} allowed: ${verdict ?? 'nothing against it'}`, () => {
      const answers = [one(), ...Array.from({ length: lost }, () => one(cut))];
      expect(tellVerdict(reportOf(answers, maxLost))).to.equal(verdict);
    });

  const answers: [status: number, expected: number, loss: string | null][] = [
    [200, 200, null],
    [204, 200, null],
    [404, 404, null],
    [301, 301, null],
    [0, 200, 'no answer: connect ECONNREFUSED'],
    [500, 200, 'status 500 instead of 200'],
    [503, 200, 'status 503 instead of 200'],
    [404, 200, 'status 404 instead of 200'],
    [429, 200, 'status 429 instead of 200'],
    [302, 200, 'status 302 instead of 200'],
    [200, 401, 'status 200 instead of 401'],
  ];
  for (const [status, expected, loss] of answers)
    it(`${status} after ${expected}: ${loss ?? 'is as good'}`, () =>
      expect(lossOf({ status, body: 'connect\nECONNREFUSED' }, expected)).to.equal(loss));

  const act = (...kinds: ActionKind[]) =>
    kinds.map((kind, index) => ({ kind, instance: `web-${index + 1}` }));
  it('names the phase, and what was going on', () => {
    expect(phaseOf(act('stage', 'stage'))).to.equal('stage');
    expect(phaseOf(act('activate', 'gate'))).to.equal('activate, gate');
    expect(phaseOf(act('redrain'))).to.equal('revert');
    expect(phaseOf(act('reready', 'restore'))).to.equal('revert');
    expect(doingOf(act('activate', 'gate', 'activate'))).to.equal('activate web-1 web-3, gate web-2');
    const many = Array.from({ length: 500 }, (_, index) => ({
      kind: 'stage' as const,
      instance: `web-${index}`,
    }));
    expect(doingOf(many)).to.have.length(200);
  });
});
