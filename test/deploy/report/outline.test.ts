import { expect } from 'chai';
import { readConfig } from '../../../src/config/index.ts';
import { outlineText, rowsOf, type DeployOutline } from '../../../src/deploy/report/outline.ts';
import { asDryRun } from '../../../src/step/dry-run.ts';
import { plan } from '../../soak/decisions.ts';

const yaml = (environment: string): string => `
app: shop
environments:
  production:
    path: /srv/shop
    service: { systemd: shop }
    health: { path: /health, release: x-release, within: 20s }
    ${environment}
    instances:
      - { name: web-1, host: a, url: http://a:3000 }
      - { name: web-2, host: b, url: http://b:3000 }
      - { name: web-3, host: c, url: http://c:3000 }
`;
const hooks = 'hooks: { prepare: npm ci, once: { run: migrate, on: agent }, failure: tell }';
const outline = (over: Partial<DeployOutline> = {}, more = hooks): DeployOutline => {
  const { config } = readConfig(yaml(more), '/app/canopy.yml', { HOME: '/' });
  const environment = config.environments['production'];
  if (!environment) throw new Error('no environment');
  return {
    plan: plan(3, { hooks: { prepare: true, once: true, after: false, failure: true } }),
    facts: { 'web-1': { current: 'old' }, 'web-2': { current: 'old' }, 'web-3': { current: null } },
    environment,
    instances: environment.instances,
    isRollback: false,
    sends: { 'web-1': '3 of 9 files (1 KB), links 6', 'web-2': '3 of 9 files (1 KB), links 6' },
    probe: null,
    ...over,
  };
};
const checks =
  'GET /health answers 200; 2 in a row, the first within 20 s, and on for 10 s; release proven by header x-release';

describe('the plan of a deploy as a table', () => {
  it('has a row an instance: what, from which release to which, when, and how', () => {
    const row = { what: 'deploy', to: 'new', drain: 'up to 30 s', checks, deletes: [] };
    const sends = '3 of 9 files (1 KB), links 6';
    expect(rowsOf(outline())).to.deep.equal([
      { ...row, instance: 'web-1', from: 'old', batch: 1, sends, hooks: ['prepare', 'once (here)'] },
      { ...row, instance: 'web-2', from: 'old', batch: 2, sends, hooks: ['prepare'] },
      {
        ...row,
        instance: 'web-3',
        from: null,
        batch: 3,
        sends: 'what it lacks of the release',
        hooks: ['prepare'],
      },
    ]);
  });

  it('fits a page: what all have in common stands below', () => {
    const text = outlineText(outline(), 80);
    expect(text.split('\n')).to.deep.equal([
      'production: new, rolling, 3 instances in 3 batches',
      '',
      'instance  release         batch   sent                  hooks',
      'web-1     old -> new      1 of 3  3 of 9 files (1 KB),  prepare, once (here)',
      '                                  links 6',
      'web-2     old -> new      2 of 3  3 of 9 files (1 KB),  prepare',
      '                                  links 6',
      'web-3     nothing -> new  3 of 3  what it lacks of the  prepare',
      '                                  release',
      '',
      'each of them',
      '  what    deploy',
      '  drain   up to 30 s',
      '  checks  GET /health answers 200; 2 in a row, the first within 20 s, and on for',
      '          10 s; release proven by header x-release',
      '',
      'on failure  all go back to their earlier release; then the failure hook',
    ]);
  });

  it('is one table on a wide terminal, and never wider than it is', () => {
    expect(outlineText(outline(), 300)).to.match(
      /^instance +what +release +batch +drain +sent +hooks +checks\nweb-1 +deploy +old -> new/m,
    );
    for (const width of [60, 80, 100, 132, 200])
      for (const line of outlineText(outline(), width).split('\n'))
        expect(line.length, line).to.be.at.most(width);
  });

  const cases: [string, Partial<DeployOutline>, RegExp[]][] = [
    ['no balancer', { plan: plan(3, { balanced: false }) }, [/^ +drain +none$/m]],
    [
      'what runs there already',
      { plan: plan(2, { unchanged: ['web-3'] }) },
      [/^left alone +web-3 \(runs nothing\)$/m],
    ],
    ['a rollback', { isRollback: true }, [/^ +what +roll back$/m]],
    [
      'a group that stops after the switch',
      { plan: plan(2, { strategy: 'blue-green', batch: 2, retire: ['web-3'] }) },
      [/^then +no requests for web-3 \(drain: up to 30 s\); stopped after 10 min$/m],
    ],
    [
      'the probe, without a password in its url',
      { probe: { url: 'http://me:secret@lb/up', everyMs: 100, maxLost: 2 } },
      [/^probe +GET http:\/\/lb\/up every 100 ms counts lost requests; at most 2 may be$/m],
    ],
    ['what the canary gets', { share: ['nothing', 'then 5 %'] }, [/^canary +nothing\n +then 5 %$/m]],
    [
      'what is left as it is on failure',
      { plan: plan(1, { onFailure: 'freeze' }) },
      [/^on failure +all stays as it is$/m],
    ],
    [
      'nothing to do',
      { plan: plan(0, { unchanged: ['web-1'], batches: [] }) },
      [/: nothing to do, new runs already$/m],
    ],
  ];
  for (const [what, over, expected] of cases)
    it(`tells ${what}`, () => {
      for (const one of expected)
        expect(outlineText(outline(over), 80), outlineText(outline(over), 80)).to.match(one);
    });
});

describe('the end of a dry run', () => {
  const changes = [
    { where: 'store', what: 'set flag:shop:x' },
    { where: 'store', what: 'set flag:shop:x' },
    { where: 'here', what: 'write canopy.yml' },
  ];
  const rows = [{ instance: 'a' }];
  const text = (result: Parameters<typeof asDryRun>[0], recorded = changes): string =>
    asDryRun(result, recorded, 80).text ?? '';

  it('is the plan alone; where it would not end well, that too', () => {
    const planned = (width: number) => ({ rows, text: `table of ${width}` });
    const well = asDryRun({ outcome: 'done', text: 'runs new', data: { a: 1 }, plan: planned }, changes, 80);
    expect(well.text).to.equal('dry run: nothing was changed; this is what would be done\n\ntable of 80');
    expect(well.data).to.deep.equal({ a: 1, dryRun: true, planned: rows });
    expect(text({ outcome: 'reverted', text: 'because', plan: planned })).to.match(
      /table of 80\n\nand the end would be\n\nbecause$/,
    );
  });

  it('is each change once where there is no plan, or says that there is none', () => {
    expect(text({ outcome: 'done', text: 'x is on' }).split('\n').slice(2)).to.deep.equal([
      'where  what',
      'store  set flag:shop:x',
      'here   write canopy.yml',
      '',
      'and the end would be',
      '',
      'x is on',
    ]);
    expect(text({ outcome: 'done', text: 'all is well' }, [])).to.equal(
      'dry run: nothing is to be changed\n\nall is well',
    );
  });
});
