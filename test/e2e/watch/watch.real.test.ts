import { expect } from 'chai';
import { needs } from '../../support/needs.ts';
import { waitFor } from '../../support/wait-for.ts';
import {
  incidentsOf,
  startWatchWorld,
  waitForIncident,
  type Watching,
  type WatchWorld,
} from './watch-world.ts';

const rules = `  rules:
    - { name: site-down, when: down, of: [site], severity: critical, do: [{ command: 'echo "$CANOPY_RULE $CANOPY_TARGET $CANOPY_INCIDENT" >> "$ACTS"' }] }
`;

describe('canopy watch', function () {
  this.timeout(120_000);
  let world: WatchWorld;
  let first: Watching;
  before(needs('redis-server'));
  before(async () => {
    world = await startWatchWorld(rules);
  });
  after(() => world?.stop());

  it('leads, and all is well', async () => {
    first = await world.watch();
    await waitFor('a leader', () => first.said().includes('leads'));
    expect(await incidentsOf(world)).to.deep.equal([]);
  });

  it('opens one incident for an outage, and acts once', async () => {
    await world.site.down();
    const found = await waitForIncident(world, 'open');
    expect(found).to.include({ rule: 'site-down' });
    await waitFor('the act', () => world.acted().length > 0);
    expect(world.acted()).to.deep.equal([`site-down site ${found.id}`]);
  });

  it('a standby takes over from a leader that was killed: the incident is the same, nothing is done twice', async () => {
    const [before] = await incidentsOf(world);
    const second = await world.watch();
    first.signal('SIGKILL');
    await first.ended;
    await waitFor('the standby to lead', () => second.said().includes('leads'));
    await world.site.up();
    const found = await waitForIncident(world, 'resolved');
    expect(found.id).to.equal(before?.id);
    expect(world.acted()).to.have.length(1);
    second.signal('SIGTERM');
    await second.ended;
  });

  it('shows what happened', async () => {
    const [{ id = '' } = {}] = await incidentsOf(world);
    const { json } = await world.canopy('incident', 'show', id);
    expect(json.data.timeline.map(({ text }: { text: string }) => text)).to.deep.equal([
      'site: red',
      'command 1: begun',
      'command 1: done',
      'site: green',
      'recovered',
    ]);
  });
});

describe('canopy watch --once', function () {
  this.timeout(120_000);
  let world: WatchWorld;
  before(needs('redis-server'));
  before(async () => {
    world = await startWatchWorld(rules);
  });
  after(() => world?.stop());

  it('is well', async () => {
    const { code, json } = await world.canopy('watch', '--once');
    expect([code, json.data.targets[0].state]).to.deep.equal([0, 'up']);
  });

  it('is red in one pass, without a second one, and exits 3', async () => {
    await world.site.down();
    const { code, json } = await world.canopy('watch', '--once');
    expect(code).to.equal(3);
    expect(json.data.targets[0]).to.include({ name: 'site', state: 'down' });
    expect(json.data.incidents).to.have.length(1);
    expect(world.acted()).to.have.length(1);
    expect((await world.canopy('watch', '--once')).code).to.equal(3);
    expect(world.acted(), 'once an outage').to.have.length(1);
  });

  it('is well again after two good passes, and exits 0', async () => {
    await world.site.up();
    expect((await world.canopy('watch', '--once')).code).to.equal(3);
    expect((await world.canopy('watch', '--once')).code).to.equal(0);
    expect((await incidentsOf(world)).map(({ state }) => state)).to.deep.equal(['resolved']);
  });

  it('what a person says counts: paused, nothing acts; silenced, nobody is told', async () => {
    expect((await world.canopy('pause', '--reason', 'a test')).code).to.equal(0);
    await world.site.down();
    expect((await world.canopy('watch', '--once')).code).to.equal(3);
    expect(world.acted()).to.have.length(1);
    const [{ id = '' } = {}] = (await incidentsOf(world)).filter(({ state }) => state === 'open');
    const { json } = await world.canopy('incident', 'show', id);
    expect(json.data.acts).to.deep.include({
      act: 'command 1',
      at: json.data.openedAt,
      outcome: 'refused: paused',
    });
    expect((await world.canopy('unpause', '--reason', 'over')).code).to.equal(0);
    expect((await world.canopy('incident', 'resolve', id)).json.data.state).to.equal('resolved');
    expect((await world.canopy('incident', 'resolve', id)).json.outcome).to.equal('unchanged');
  });

  it('refuses an incident that is none, and a silence without a reason', async () => {
    expect((await world.canopy('incident', 'ack', 'i-aaaaaaaa')).json.errors[0].code).to.equal(
      'incident-unknown',
    );
    expect((await world.canopy('incident', 'silence', 'site', '--for', '1h')).code).to.equal(2);
    expect(
      (await world.canopy('incident', 'silence', 'site', '--for', '1h', '--reason', 'disk')).code,
    ).to.equal(0);
    expect((await world.canopy('incident', 'list')).json.data.silences).to.have.length(1);
  });
});
