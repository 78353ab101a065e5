import { expect } from 'chai';
import { parseFacts, type InstanceFacts } from '../../src/deploy/plan/facts.ts';
import { groupsOf } from '../../src/deploy/plan/groups.ts';

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
    ['one that is out in part serves', 'b1 b2 g1 g2', ['b1'], [blue, green]],
    ['the first deploy goes to the first, and none serves', '', [], [[], blue]],
    ['so does one when both are out and nothing runs', '', ['b1', 'b2', 'g1', 'g2'], [[], blue]],
    ['both in: the one that runs serves', 'g1 g2', [], [green, blue]],
    ['both in and running: the second waits', 'b1 b2 g1 g2', [], [blue, green]],
    ['both out: the one that runs serves', 'g1', ['b1', 'b2', 'g1', 'g2'], [green, blue]],
  ];
  for (const [what, running, drained, expected] of cases)
    it(what, () =>
      expect(groupsOf(['blue', 'green'], instances, facts(running), drained)).to.deep.equal(expected),
    );
});
