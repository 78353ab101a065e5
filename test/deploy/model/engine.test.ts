import { expect } from 'chai';
import { readConfig } from '../../../src/config/index.ts';
import { engineObjections, readEngine } from '../../../src/deploy/model/service/engine.ts';
import { parseFacts } from '../../../src/deploy/model/facts.ts';

const yaml =
  'app: shop\nenvironments: { p: { driver: docker, path: /srv/shop, instances: [{ name: a, host: h }, { name: b, host: i, driver: docker }] } }';
const instances =
  readConfig(yaml, '/app/canopy.yml', { HOME: '/' }).config.environments['p']?.instances ?? [];
const against = (lines: string[], size: number | null, held: string[] = []) =>
  engineObjections(
    instances,
    {
      a: { engine: readEngine(lines), releases: held.map((id) => ({ id })) },
      b: { engine: null, releases: [] },
    },
    { release: 'r2', size: size === null ? null : { unpacked: size } },
  ).map(({ code, message }) => [code, message]);

describe('the facts of a Docker Engine', () => {
  const fine = ['Version=20.10.24', 'Root=/var/lib/docker', 'Free=1000'];
  it('are none for an instance that is no container', () => expect(readEngine([])).to.equal(null));

  const cases: [string, string[], number | null, string[][]][] = [
    ['nothing', fine, 1000, []],
    [
      'too little room for an image',
      fine,
      1_000_000,
      [
        [
          'docker-space',
          'a: 1000.0 KB free on /var/lib/docker, where Docker keeps its images; 1.0 MB are needed',
        ],
      ],
    ],
    ['nothing where no image is made', fine, null, []],
    ['nothing where the room is not told', ['Version=1', 'Root=/x', 'Free=?'], 1e12, []],
    ['no program', ['Missing=docker'], 1, [['docker-missing', 'a has no program docker for the SSH user']]],
    [
      'no right',
      ['Denied=permission denied'],
      1,
      [['docker-denied', 'a: the SSH user may not use the Docker Engine: permission denied']],
    ],
    [
      'no answer',
      ['Away=Cannot connect'],
      1,
      [['docker-away', 'a: the Docker Engine does not answer: Cannot connect']],
    ],
    [
      'a container of somebody else',
      [...fine, 'Container=canopy-shop-a', 'Owner=/srv/other'],
      1,
      [
        [
          'docker-foreign',
          'a: there is a container canopy-shop-a that belongs to /srv/other: it is not touched',
        ],
      ],
    ],
  ];
  for (const [what, lines, size, wanted] of cases)
    it(`tells ${what}`, () => expect(against(lines, size)).to.deep.equal(wanted));

  it('does not ask for room for an image that is there', () => {
    expect(against(fine, 1e12, ['r2'])).to.deep.equal([]);
  });

  it('leave out releases whose image is gone, for a container alone', () => {
    const text = (more: string): string => `canopy\tfacts\nrelease\tr1 5\nrelease\tr2 \n${more}end\tfacts\n`;
    const held = (more: string): string[] => parseFacts(text(more))?.releases.map(({ id }) => id) ?? [];
    expect(held('')).to.deep.equal(['r1', 'r2']);
    expect(held('engine\tVersion=1\nimage\tr2\nimage\tother\n')).to.deep.equal(['r2']);
    expect(held('engine\tAway=gone\n')).to.deep.equal([]);
  });
});
