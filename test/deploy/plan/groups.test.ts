import { expect } from 'chai';
import { parseFacts, type InstanceFacts } from '../../../src/deploy/model/facts.ts';
import { groupsOf } from '../../../src/deploy/plan/groups.ts';

const instances = ['b1', 'b2', 'g1', 'g2'].map((name) => ({
  name,
  tags: [name.startsWith('b') ? 'blue' : 'green'],
}));
const facts = (running: string): Record<string, InstanceFacts> =>
  Object.fromEntries(
    instances.flatMap(({ name }) => {
      const own = parseFacts(`canopy\tfacts\nrunning\t${running.includes(name) ? 'yes' : 'no'}\nend\tfacts`);
      return own === null ? [] : [[name, own]];
    }),
  );
const [blue, green] = [
  ['b1', 'b2'],
  ['g1', 'g2'],
];

describe('the groups of a blue-green environment', () => {
  // What runs, what is out of the traffic, which group serves and which one waits.
  const cases: [string, string, string[], (string[] | undefined)[]][] = [
    ['the one that is out of the traffic waits', 'b1 b2 g1 g2', ['b1', 'b2'], [green, blue]],
    ['also when it is the second', 'b1 b2 g1 g2', ['g1', 'g2'], [blue, green]],
    ['also when it alone runs', 'g1 g2', ['g1', 'g2'], [blue, green]],
    ['one that is out in part waits', 'b1 b2 g1 g2', ['b1'], [green, blue]],
    ['the one that is out further waits', 'b1 b2 g1 g2', ['b1', 'g1', 'g2'], [blue, green]],
    ['the first deploy goes to the first, and none serves', '', [], [[], blue]],
    ['so does one when both are out and nothing runs', '', ['b1', 'b2', 'g1', 'g2'], [[], blue]],
    ['both in: the one that runs serves', 'g1 g2', [], [green, blue]],
    ['both in and running: the second waits', 'b1 b2 g1 g2', [], [blue, green]],
    ['both out: the one that runs serves', 'g1', ['b1', 'b2', 'g1', 'g2'], [green, blue]],
  ];
  for (const [what, running, drained, expected] of cases)
    it(what, () =>
      expect(
        groupsOf({ tags: ['blue', 'green'], instances, facts: facts(running), drained, release: 'R' }),
      ).to.deep.equal(expected),
    );

  describe('after a switch that was cut off, of a release that passed its gate before', () => {
    const proven: InstanceFacts['releases'] = [{ id: 'R', healthyAt: 1 }];
    const halfway = (names: readonly string[]): Record<string, InstanceFacts> =>
      Object.fromEntries(
        Object.entries(facts('b1 b2 g1 g2')).map(([name, own]) => [
          name,
          names.includes(name) ? { ...own, current: 'R', releases: proven } : own,
        ]),
      );
    // Who runs the release, what is out of the traffic, which group is the old one and which the new one; what was to retire.
    const halves: [string, string[], string[], string[][], string[]?][] = [
      ['the old one is in', blue, [], [green, blue]],
      ['the old one is out in part', blue, ['g1'], [green, blue]],
      ['the old one is out', blue, ['g1', 'g2'], [blue, green]],
      ['the new one is not yet in', blue, ['b1'], [green, blue]],
      ['not all of one run it', ['b1', 'g1'], ['g1'], [blue, green]],
      ['both run it', [...blue, ...green], ['g1'], [blue, green]],
      ['the old one is out, and was to stop', blue, ['g1', 'g2'], [green, blue], green],
      ['the new one is out still, and the old one was to stop', blue, ['b1', 'b2'], [green, blue], green],
      ['both run it, and one was to stop', [...blue, ...green], green, [blue, green], green],
    ];
    for (const [what, there, drained, expected, retiring = []] of halves)
      it(what, () =>
        expect(
          groupsOf({
            ...{ tags: ['blue', 'green'], instances, facts: halfway(there), drained },
            ...{ release: 'R', retiring },
          }),
        ).to.deep.equal(expected),
      );
    it('an old one that was to stop, and has, is left alone', () => {
      const stopped = Object.fromEntries(
        Object.entries(halfway(blue)).map(([name, own]) => [name, { ...own, running: blue.includes(name) }]),
      );
      expect(
        groupsOf({
          ...{ tags: ['blue', 'green'], instances, facts: stopped, drained: green },
          ...{ release: 'R', retiring: green },
        }),
      ).to.deep.equal([blue, green]);
    });
  });
});
