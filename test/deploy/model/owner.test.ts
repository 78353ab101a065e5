import { expect } from 'chai';
import { parseFacts } from '../../../src/deploy/model/facts.ts';
import { ownerRemarks } from '../../../src/deploy/model/owner.ts';

const factsOf = (app: string | null, environment: string | null) => {
  const noted = {
    deploy: 'd1',
    action: 'stage',
    release: 'r1',
    state: 'begin',
    environment,
    order: 'deploy',
    whole: true,
    brings: 'r1',
    previous: null,
    token: 1,
    failed: false,
  };
  const facts = parseFacts(
    [
      'canopy\tfacts',
      ...(app === null ? [] : [`app\t${app}`]),
      ...(environment === null ? [] : [`noted\t2026-11-21T09:30:00Z ${JSON.stringify(noted)}`]),
      'end\tfacts',
    ].join('\n'),
  );
  if (facts === null) throw new Error('no facts');
  return facts;
};

describe('whose the path of an instance is', () => {
  const renamed = 'Give each a path of its own, unless';
  for (const [what, app, environment, told] of [
    ['nothing is there', null, null, []],
    ['it is ours', 'shop', 'production', []],
    ['no release of ours is current', null, 'production', []],
    [
      'it is of another application',
      'blog',
      'production',
      [`/srv/shop is the place of the application blog: shop takes it over. ${renamed} blog was renamed`],
    ],
    [
      'it is of another environment',
      'shop',
      'staging',
      [
        `/srv/shop is the place of the environment staging: production takes it over. ${renamed} staging was renamed`,
      ],
    ],
    ['a stranger has written there', 'not A name', null, []],
  ] as const)
    it(`${told.length > 0 ? 'is' : 'is not'} told when ${what}`, () => {
      const remarks = ownerRemarks(
        [{ name: 'web-1', path: '/srv/shop' }],
        { 'web-1': factsOf(app, environment) },
        { app: 'shop', environment: 'production' },
      );
      expect(remarks).to.deep.equal(told.map((text) => ['web-1', text]));
    });
});
