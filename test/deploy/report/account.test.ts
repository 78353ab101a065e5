import { expect } from 'chai';
import { account, type Accounted } from '../../../src/deploy/report/account.ts';
import type { InstanceReport } from '../../../src/deploy/report/instance-report.ts';

type Did = InstanceReport['did'];
type Report = Parameters<typeof account>[0];

const [r0, r1, r2] = ['r0', 'r1', '20261121070000-3f2a9c1-8d2e41'];
const report = (
  end: Report['end'],
  instances: readonly (readonly [Did, string | null])[],
  more: Partial<Report> = {},
): Report => ({
  ...{ end, reasons: [], environment: 'production', release: r2, revertMs: null, ...more },
  instances: instances.map(([did, previous], at) => ({
    ...{ name: `web-${at}`, did, previous, release: r2, health: 'healthy' as const },
  })),
});
const told = (one: Report, more: Partial<Accounted> = {}) =>
  account(one, { action: 'deploy', commit: 'c'.repeat(40), only: [], ...more });

describe('what the audit stream tells of a deploy', () => {
  const cases: [string, Report, Partial<Accounted>, string | null, string | null][] = [
    [
      'the first release',
      report('done', [
        ['deployed', null],
        ['deployed', null],
      ]),
      {},
      'service.deployed',
      null,
    ],
    [
      'the next one',
      report('done', [
        ['deployed', r1],
        ['deployed', null],
      ]),
      {},
      'service.upgraded',
      r1,
    ],
    [
      'one more instance of it',
      report('done', [
        ['unchanged', r2],
        ['deployed', null],
      ]),
      {},
      'service.deployed',
      r2,
    ],
    ['a rollback', report('done', [['deployed', r1]]), { action: 'rollback' }, 'service.rolledback', r1],
    [
      'a revert',
      report('reverted', [
        ['reverted', r1],
        ['untouched', r1],
      ]),
      {},
      'service.rolledback',
      r1,
    ],
    ['a revert of the first', report('reverted', [['reverted', null]]), {}, 'service.removed', null],
    [
      'a part of it',
      report('aborted', [
        ['deployed', r1],
        ['untouched', r1],
      ]),
      {},
      'environment.modified',
      r1,
    ],
    [
      'nobody knows',
      report('mixed', [
        ['failed', r1],
        ['reverted', r0],
        ['reverted', r1],
      ]),
      {},
      'environment.modified',
      r1,
    ],
    ['nothing', report('unchanged', [['unchanged', r2]]), {}, null, r2],
    ['a stop before anything', report('aborted', [['untouched', r1]]), {}, null, r1],
    ['a failure before anything', report('failed', [['untouched', r1]]), {}, null, r1],
    [
      'a switch of groups: what served',
      report('done', [
        ['deployed', r0],
        ['deployed', r0],
        ['retired', r1],
      ]),
      {},
      'service.upgraded',
      r1,
    ],
  ];
  for (const [name, one, more, event, previous] of cases)
    it(name, () => {
      const done = told(one, more);
      expect([done.event ?? null, done.previous]).to.deep.equal([event && `dev.cdevents.${event}`, previous]);
    });

  it('has the commit of the artifact, else the one in the release id', () => {
    const one = report('done', [['deployed', null]]);
    expect(told(one).commit).to.equal('c'.repeat(40));
    expect(told(one, { commit: '' }).commit).to.equal('3f2a9c1');
    expect(told({ ...one, release: 'mine' }, { commit: '' }).commit).to.equal(null);
  });

  it('names the instances when it was for some alone', () => {
    expect(told(report('done', [['deployed', null]]), { only: ['web-1', 'eu'] }).target).to.equal(
      'web-1, eu',
    );
    expect(told(report('done', [['deployed', null]]))).not.to.have.property('target');
  });
});
