import { expect } from 'chai';
import type { EnvironmentStatus, InstanceStatus, Status } from '../../src/status/run.ts';
import { table } from '../../src/status/table.ts';

const item = (name: string, more: Partial<InstanceStatus> = {}): InstanceStatus => ({
  name,
  release: 'r1',
  foreign: false,
  layout: null,
  running: true,
  health: 'healthy',
  drained: false,
  healthyReleases: ['r1'],
  unreachable: null,
  ...more,
});
const environment = (more: Partial<EnvironmentStatus> = {}): EnvironmentStatus => ({
  name: 'production',
  instances: [item('web-1'), item('web-2')],
  lock: null,
  lastDeploy: null,
  ...more,
});
const status = (more: Partial<Status> = {}): Status => ({
  environments: [environment()],
  traffic: null,
  balancer: null,
  flags: [],
  artifact: null,
  unreadable: [],
  ...more,
});
const traffic = (more: Partial<NonNullable<Status['traffic']>> = {}): NonNullable<Status['traffic']> => ({
  weight: 33,
  share: 33,
  enabled: true,
  alert: null,
  reverted: null,
  maintenance: null,
  routers: 1,
  ...more,
});
const alert = { since: 1, by: 'ann', reason: 'checkout is slow' };
const journal = { deploy: 'd1', release: 'r1', by: 'job', startedAt: 1, blocked: false, resumable: true };
const lock = {
  id: 'aaaaaaaa',
  holder: 'job-7',
  run: 'job-7',
  reason: 'deploy r2',
  url: '',
  token: 3,
  since: 1_800_000_000_000,
  until: 1_800_000_030_000,
};

describe('status for people', () => {
  it('is a table an environment, with the traffic and the flags below', () => {
    const flag = { name: 'checkout', state: 'on' } as Status['flags'][number];
    const environments = [
      environment(),
      environment({ name: 'canary', instances: [item('can-1', { release: 'r22', running: false })] }),
    ];
    expect(table(status({ environments, traffic: traffic(), flags: [flag] }))).to.equal(
      [
        'production',
        '  instance  release  service  router says',
        '  web-1     r1       running  healthy',
        '  web-2     r1       running  healthy',
        '',
        'canary',
        '  instance  release  service  router says',
        '  can-1     r22      stopped  healthy',
        '',
        'traffic   canary 33 %, asked for 33 %, 1 router alive',
        '',
        'flags     checkout on',
      ].join('\n'),
    );
  });

  const rows: [string, Partial<InstanceStatus>, string][] = [
    ['nothing on it', { release: null, running: false }, 'web-1 nothing stopped healthy'],
    ['no router that knows it', { health: null }, 'web-1 r1 running -'],
    ['a drain', { drained: true, health: 'unhealthy' }, 'web-1 r1 running unhealthy, drained'],
    [
      'no answer',
      { release: null, running: false, unreachable: 'no route\nto it' },
      'web-1 unknown not reached: no route healthy',
    ],
    [
      'no answer, and a release from before',
      { unreachable: 'no route' },
      'web-1 r1 not reached: no route healthy',
    ],
  ];
  for (const [what, more, row] of rows)
    it(`shows an instance with ${what}`, () => {
      const text = table(status({ environments: [environment({ instances: [item('web-1', more)] })] }));
      expect(text.split('\n')[2]?.trim().replace(/ +/g, ' ')).to.equal(row);
    });

  const notes: [string, Partial<EnvironmentStatus>, string | null][] = [
    [
      'a lock',
      { lock },
      '  locked by job-7 since 2027-01-15T08:00:00.000Z, its lease ends at 2027-01-15T08:00:30.000Z unless it is renewed: deploy r2',
    ],
    [
      'a mixed end',
      { lastDeploy: { ...journal, state: 'mixed', blocked: true } },
      '  BLOCKED: left mixed by its last deploy (d1), it takes no other until canopy deploy --environment production --resume, or canopy rollback --environment production, or canopy lock release --environment production',
    ],
    [
      'a deploy that died',
      { lastDeploy: { ...journal, state: 'running' } },
      '  its last deploy (d1) ended without a word: canopy deploy --environment production --resume',
    ],
    [
      'an abort',
      { lastDeploy: { ...journal, state: 'aborted' } },
      '  its last deploy (d1 of r1) was aborted: canopy deploy --environment production --resume',
    ],
    [
      'an abort that went back',
      { lastDeploy: { ...journal, state: 'aborted', resumable: false } },
      '  its last deploy (d1 of r1) was aborted, and all went back',
    ],
    [
      'a deploy that was frozen',
      { lastDeploy: { ...journal, state: 'frozen' } },
      '  its last deploy (d1 of r1) failed and was frozen as it is: canopy deploy --environment production --resume',
    ],
    [
      'a deploy of a part',
      { lastDeploy: { ...journal, state: 'partial', resumable: false } },
      '  its last deploy (d1 of r1) is on a part of the instances alone: canopy deploy --environment production',
    ],
    ['a deploy that ended well', { lastDeploy: { ...journal, state: 'done' } }, null],
  ];
  for (const [what, more, note] of notes)
    it(`tells ${what}`, () => {
      const rest = table(status({ environments: [environment(more)] }))
        .split('\n')
        .slice(4);
      expect(rest).to.deep.equal(note === null ? [] : [note]);
    });

  it('tells an artifact of another commit than the one that is checked out', () => {
    const artifact = { id: 'r9', commit: 'aaaaaaa', head: 'bbbbbbbbbb', behind: true };
    expect(table(status({ artifact })).split('\n').at(-1)).to.equal(
      'artifact  the newest (r9) is of commit aaaaaaa, checked out is bbbbbbb: canopy package makes one of that',
    );
    const fresh = { ...artifact, behind: false };
    expect(table(status({ artifact: fresh }))).not.to.contain('artifact');
  });

  it('tells of maintenance', () => {
    const text = table(status({ traffic: traffic({ maintenance: { ...alert, since: 1_800_000_000_000 } }) }));
    expect(text).to.contain('MAINTENANCE since 2027-01-15T08:00:00.000Z by ann (checkout is slow)');
  });

  it('does not say of a deploy that runs that it has died', () => {
    const running = environment({ lock, lastDeploy: { ...journal, state: 'running' } });
    expect(table(status({ environments: [running] }))).not.to.contain('without a word');
  });

  const splits: [string, Parameters<typeof traffic>[0], string][] = [
    ['a share', { routers: 2 }, 'canary 33 %, asked for 33 %, 2 routers alive'],
    ['no router', { routers: 0 }, 'canary 33 %, asked for 33 %, 0 routers alive'],
    ['no canary', { enabled: false, share: 0 }, 'no canary, asked for 33 %, 1 router alive'],
    [
      'an alert, before all else',
      { share: 0, alert, reverted: alert, enabled: false },
      'ALERT by ann (checkout is slow): all to stable, asked for 33 %, 1 router alive',
    ],
    [
      'a revert',
      { share: 0, reverted: { ...alert, reason: '9 of 20 failed' } },
      'reverted (9 of 20 failed): all to stable, asked for 33 %, 1 router alive',
    ],
  ];
  for (const [what, more, text] of splits)
    it(`tells the split: ${what}`, () => {
      expect(
        table(status({ traffic: traffic(more) }))
          .split('\n')
          .at(-1),
      ).to.equal(`traffic   ${text}`);
    });

  it('is empty for an application without anything', () => {
    expect(table(status({ environments: [] }))).to.equal('');
  });
});
