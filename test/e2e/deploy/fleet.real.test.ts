import { expect } from 'chai';
import {
  startFleetWorld,
  type FleetSetup,
  type FleetWorld,
  type Kind,
} from '../../support/worlds/fleet-world.ts';
import { needsSystemd } from '../../support/hosts/systemd-world.ts';
import { waitFor } from '../../support/wait-for.ts';
import { lostOf, watchLoad } from '../traffic/watched-load.ts';

interface Scene {
  readonly what: string;
  readonly setup?: Partial<FleetSetup>;
  readonly kind: Kind;
  readonly ends: readonly [number, string];
  /** What became of web-1 to web-5; the letter after each is the release: n(ew) or o(ld). */
  readonly fleet: string;
  /** A strategy under which nobody serves for a moment. */
  readonly loses?: true;
}

const blueGreen = 'strategy: blue-green, groups: [blue, green], keepWarm: 10m';
const scenes: readonly Scene[] = [
  { what: 'rolling, one by one', kind: 'good', ends: [0, 'done'], fleet: 'nnnnn' },
  { what: 'rolling, sick', kind: 'sick', ends: [3, 'reverted'], fleet: 'ooooo' },
  { what: 'rolling, dead', kind: 'dead', ends: [3, 'reverted'], fleet: 'ooooo' },
  { what: 'rolling, sick on the third host', kind: 'odd', ends: [3, 'reverted'], fleet: 'ooooo' },
  {
    what: 'rolling, slower than it may',
    setup: { within: '1s' },
    kind: 'slow',
    ends: [3, 'reverted'],
    fleet: 'ooooo',
  },
  { what: 'rolling, slow to become healthy', kind: 'slow', ends: [0, 'done'], fleet: 'nnnnn' },
  {
    what: 'a pathfinder, then two at a time',
    setup: { rollout: 'batch: [1, 100%], maxUnavailable: 2' },
    kind: 'good',
    ends: [0, 'done'],
    fleet: 'nnnnn',
  },
  {
    what: 'two at a time, sick on the third host',
    setup: { rollout: 'batch: 2' },
    kind: 'odd',
    ends: [3, 'reverted'],
    fleet: 'ooooo',
  },
  {
    what: 'one may fail',
    setup: { rollout: 'batch: 1, maxFailures: 1' },
    kind: 'odd',
    ends: [3, 'partial'],
    fleet: 'nnonn',
  },
  { what: 'the rest after one that failed', kind: 'good', ends: [0, 'done'], fleet: 'nnnnn' },
  {
    what: 'irreversible, sick',
    setup: { irreversible: true },
    kind: 'sick',
    ends: [3, 'frozen'],
    fleet: 'noooo',
  },
  { what: 'forward out of the frozen one', kind: 'good', ends: [0, 'done'], fleet: 'nnnnn' },
  {
    what: 'a hook that hangs on the third host',
    setup: { hooks: `{ prepare: { run: 'test "$CANOPY_INSTANCE" != web-3 || sleep 1000', timeout: 2s } }` },
    kind: 'good',
    ends: [1, 'failed'],
    fleet: 'ooooo',
  },
  {
    what: 'a hook that hangs after the switch on the third host',
    setup: { hooks: `{ after: { run: 'test "$CANOPY_INSTANCE" != web-3 || sleep 1000', timeout: 2s } }` },
    kind: 'good',
    ends: [3, 'reverted'],
    fleet: 'ooooo',
  },
  {
    what: 'all at once, sick',
    setup: { rollout: 'strategy: all-at-once' },
    kind: 'sick',
    ends: [3, 'reverted'],
    fleet: 'ooooo',
    loses: true,
  },
  {
    what: 'all at once',
    setup: { rollout: 'strategy: all-at-once' },
    kind: 'good',
    ends: [0, 'done'],
    fleet: 'nnnnn',
    loses: true,
  },
  {
    what: 'blue-green',
    setup: { rollout: blueGreen },
    kind: 'good',
    ends: [0, 'done'],
    fleet: 'ooonn',
  },
  {
    what: 'blue-green, sick',
    setup: { rollout: blueGreen },
    kind: 'sick',
    ends: [3, 'reverted'],
    fleet: 'ooooo',
  },
  {
    what: 'blue-green, back to the other group',
    setup: { rollout: blueGreen },
    kind: 'good',
    ends: [0, 'done'],
    fleet: 'nnnoo',
  },
];

describe('five servers with systemd under load', function () {
  this.timeout(180_000);
  let fleet: FleetWorld;
  before(needsSystemd);
  before(async () => {
    fleet = await startFleetWorld();
    await fleet.ship('first');
    const { code, stderr } = await fleet.deploy();
    expect(code, stderr).to.equal(0);
  });
  after(() => fleet?.stop());
  let played = 0;
  let requests = 0;

  for (const [at, { what, setup, kind, ends, fleet: wanted, loses }] of scenes.entries()) {
    it(`${what}: ${ends[1]}${loses ? '' : ', no request lost'}`, async () => {
      fleet.configure(setup);
      const before = fleet.currents();
      const release = await fleet.ship(`scene ${at}`, kind);
      const load = watchLoad(fleet.proxy);
      await waitFor('the first answers', () => load.seen.length > 50);
      const { code, json, stderr } = await fleet.deploy();
      const since = load.seen.length;
      await waitFor('answers afterwards', () => load.seen.length > since + 50);
      const seen = await load.stop();
      played += 1;
      requests += seen.length;

      expect([code, json.outcome], stderr).to.deep.equal(ends);
      if (!loses) expect(lostOf(seen)).to.deep.equal([]);
      if (kind === 'sick' || kind === 'dead')
        expect(seen.some((item) => item.release === release)).to.equal(false);
      const marks = fleet
        .currents()
        .map((id, host) => (id === release ? 'n' : id === before[host] ? 'o' : '?'));
      expect(marks.join('')).to.equal(wanted);
      if (ends[1] === 'reverted' && kind !== 'good')
        expect(
          json.data.instances.some(
            (item: { evidence?: { log: string[] } }) => (item.evidence?.log.length ?? 0) > 0,
          ),
        ).to.equal(true);
    });
  }

  it('says so before it touches anything when the third disk is full', async () => {
    fleet.configure();
    await fleet.ship('for a full disk');
    const host = fleet.hosts[2];
    host?.sh('dd if=/dev/zero of=/srv/fill bs=1M count=2000 2>/dev/null || true');
    try {
      const { code, json } = await fleet.deploy();
      expect([code, json.errors[0].code]).to.deep.equal([1, 'host-space']);
      expect(json.errors[0].message).to.match(/^web-3: /);
    } finally {
      host?.sh('rm -f /srv/fill');
    }
    played += 1;
  });

  it('is mixed when a server dies in the middle: the others go back, no request is lost, and it can be resumed', async () => {
    fleet.configure();
    // Both groups serve again.
    await fleet.deploy();
    const back = fleet.currents();
    await fleet.ship('while one dies');
    const load = watchLoad(fleet.proxy);
    await waitFor('the first answers', () => load.seen.length > 50);
    const run = fleet.world.begin(['deploy', '--environment', 'production', '--json'], {
      CANOPY_SSH_KEY_FILE: '',
    });
    await waitFor('the second to be drained', () => /web-2 +drained/.test(run.output()));
    await fleet.hosts[1]?.stop();
    const { code, json, stderr } = await run.ended;
    const since = load.seen.length;
    await waitFor('answers afterwards', () => load.seen.length > since + 50);
    const seen = await load.stop();
    expect([code, json.outcome], stderr).to.deep.equal([1, 'mixed']);
    expect(lostOf(seen)).to.deep.equal([]);
    expect(fleet.currents()).to.deep.equal([back[0], 'gone', back[2], back[3], back[4]]);
    const again = await fleet.deploy();
    expect([again.code, again.json.errors[0].code]).to.deep.equal([1, 'deploy-blocked']);
    played += 1;
    requests += seen.length;
  });

  after(function () {
    if (played > 0) console.log(`    ${played} scenes on five servers, ${requests} requests`);
  });
});
