import { expect } from 'chai';
import type { WatchSubject } from '../../src/config/types.ts';
import { realClock } from '../../src/drivers/clock.ts';
import { bad, type ProbeResult } from '../../src/probes/kinds/check.ts';
import { TargetChecks, type CheckedTarget, type CheckTimes } from '../../src/probes/index.ts';
import { Wheel, type WheelItem } from '../../src/probes/wheel.ts';
import { quietLog } from '../support/quiet-log.ts';
import { waitFor } from '../support/wait-for.ts';

const well: ProbeResult = { ok: true, latencyMs: 1, why: 'well' };
const subject = (name: string, more: Partial<WatchSubject> = {}): WatchSubject => ({
  ...{ name, words: [], metrics: ['down'], everyMs: null, timeoutMs: null, needs: null, instance: null },
  probe: { kind: 'tcp', host: 'h', port: 1 },
  ...more,
});

/** Targets whose answers the test gives. */
function world(subjects: readonly WatchSubject[], times: Partial<CheckTimes> = {}) {
  const log = quietLog();
  const begun: { name: string; at: number }[] = [];
  const turned: string[] = [];
  const asked = new Map<string, (timeoutMs: number) => Promise<ProbeResult>>();
  const broken = new Map<string, () => void>();
  const closed: string[] = [];
  let most = 0;
  let now = 0;
  const checks = new TargetChecks({
    subjects,
    times: { everyMs: 100, timeoutMs: 1000, confirmMs: 20, down: 3, up: 2, ...times },
    clock: realClock,
    log,
    openProbe: ({ name }, onBroken) => {
      broken.set(name, onBroken);
      return {
        check: async (timeoutMs) => {
          begun.push({ name, at: performance.now() });
          now += 1;
          most = Math.max(most, now);
          try {
            return await (asked.get(name)?.(timeoutMs) ?? well);
          } finally {
            now -= 1;
          }
        },
        close: () => void closed.push(name),
      };
    },
    onChecked: ({ subject: { name }, state }: CheckedTarget, before) => {
      if (state.state !== before.state) turned.push(`${name} ${state.state}`);
    },
  });
  const countOf = (name: string): number => begun.filter((one) => one.name === name).length;
  return { checks, log, begun, turned, asked, broken, closed, countOf, most: () => most };
}

describe('checks of all targets', function () {
  this.timeout(30_000);
  let running: { stop(): void } | null = null;
  afterEach(() => running?.stop());
  const start = (...of: Parameters<typeof world>): ReturnType<typeof world> => {
    const made = world(...of);
    running = made.checks;
    made.checks.start();
    return made;
  };

  it('are made again and again, of each that has a probe, and end with the watch', async () => {
    const { checks, countOf, closed, turned } = start([
      subject('a'),
      subject('b'),
      subject('c', { probe: null }),
    ]);
    await waitFor('some checks', () => countOf('a') >= 4 && countOf('b') >= 4);
    expect(countOf('c')).to.equal(0);
    expect(turned).to.deep.equal(['a up', 'b up']);
    checks.stop();
    const before = countOf('a');
    await realClock.sleep(300);
    expect(countOf('a')).to.be.at.most(before);
    expect(closed).to.deep.equal(['a', 'b']);
  });

  it('are spread over the time between two', async () => {
    const { begun } = start(
      Array.from({ length: 200 }, (_, at) => subject(`t${at}`)),
      { everyMs: 1000 },
    );
    await waitFor('a round', () => begun.length >= 200);
    const took = (begun[199]?.at ?? 0) - (begun[0]?.at ?? 0);
    expect(took).to.be.greaterThan(800);
    // None of its parts has most of it.
    const first = begun.filter(({ at }) => at - (begun[0]?.at ?? 0) < 250).length;
    expect(first).to.be.lessThan(100);
  });

  it('come soon after a first bad one, until it is down', async () => {
    const { asked, turned, countOf } = start([subject('a')], { everyMs: 20_000, confirmMs: 20 });
    asked.set('a', async () => bad('gone'));
    await waitFor('down', () => turned.includes('a down'), 5000);
    expect(countOf('a')).to.equal(3);
  });

  it('come at their pace where that is asked for', async () => {
    const { asked, countOf } = start([subject('a')], { everyMs: 20_000, confirmMs: 0 });
    asked.set('a', async () => bad('gone'));
    await waitFor('a check', () => countOf('a') === 1);
    await realClock.sleep(200);
    expect(countOf('a')).to.equal(1);
  });

  it('come at once when a kept connection has broken, which is no bad check by itself', async () => {
    const { broken, turned, countOf, checks } = start([subject('a')], { everyMs: 20_000 });
    await waitFor('up', () => turned.includes('a up'));
    broken.get('a')?.();
    await waitFor('the next one', () => countOf('a') === 2, 5000);
    await waitFor('its end', () => checks.targets[0]?.last?.why === 'well');
    expect(turned).to.deep.equal(['a up']);
  });

  it('are never two at a time of one target, and one that hangs holds up no other', async () => {
    const { asked, countOf, broken } = start([subject('a', { everyMs: 30 }), subject('b', { everyMs: 30 })]);
    let release = (): void => undefined;
    asked.set('a', () => new Promise((resolve) => (release = () => resolve(well))));
    await waitFor('others', () => countOf('b') > 10);
    broken.get('a')?.();
    await waitFor('others', () => countOf('b') > 20);
    expect(countOf('a')).to.equal(1);
    release();
    await waitFor('its next turn', () => countOf('a') === 2);
  });

  it('of commands are few at a time, however many hang', async () => {
    const commands = Array.from({ length: 30 }, (_, at) =>
      subject(`c${at}`, { probe: { kind: 'command', command: ['sleep'] } }),
    );
    const { asked, most, begun } = start(commands, { everyMs: 10_000 });
    const ends: (() => void)[] = [];
    for (const { name } of commands)
      asked.set(name, () => new Promise((resolve) => ends.push(() => resolve(well))));
    await waitFor('the first', () => begun.length === 8);
    await realClock.sleep(500);
    expect([begun.length, most()]).to.deep.equal([8, 8]);
    await waitFor('all of them', () => {
      for (const end of ends.splice(0)) end();
      return begun.length === 30;
    });
    expect(most()).to.equal(8);
  });

  it('go on after a defect, which is told and proves nothing', async () => {
    const { asked, log, checks, countOf } = start([subject('a')]);
    asked.set('a', () => Promise.reject(new Error('oops')));
    await waitFor('more checks', () => countOf('a') >= 3);
    expect(checks.targets[0]?.state.state).to.equal('unknown');
    expect(log.lines[0]).to.match(/the check of a failed: a defect of Canopy: Error: oops/);
  });

  it('know the state from before a restart, and since when', () => {
    const known = new Map([['a', { state: 'down', known: 'down', against: 0, since: 5 } as const]]);
    const checks = new TargetChecks({
      subjects: [subject('a')],
      times: { everyMs: 1, timeoutMs: 1, confirmMs: 1, down: 1, up: 1 },
      clock: realClock,
      log: quietLog(),
      openProbe: () => ({ check: async () => well, close: () => undefined }),
      onChecked: () => undefined,
      known,
    });
    expect(checks.targets[0]?.state).to.include({ state: 'down', since: 5 });
  });

  it('of one pass are made until each target is known', async () => {
    const { checks, asked, countOf, turned } = world([subject('a'), subject('b'), subject('c')]);
    asked.set('b', async () => bad('gone'));
    let count = 0;
    asked.set('c', async () => ((count += 1) === 1 ? bad('once') : well));
    await checks.once();
    expect(['a', 'b', 'c'].map(countOf)).to.deep.equal([1, 3, 2]);
    expect(turned).to.have.members(['a up', 'b down', 'c up']);
  });
});

describe('the wheel', function () {
  this.timeout(30_000);
  interface Item extends WheelItem {
    readonly name: string;
  }
  const item = (name: string): Item => ({ name, dueAt: null });

  it('runs each when it is due, in that order, and one that was moved at its new time alone', async () => {
    const ran: string[] = [];
    const wheel = new Wheel<Item>(({ name }) => void ran.push(name));
    const [a, b, c] = [item('a'), item('b'), item('c')];
    const now = performance.now();
    wheel.set(a, now + 60);
    wheel.set(b, now + 2000);
    wheel.set(c, now + 120);
    wheel.set(b, now + 90);
    wheel.set(c, now + 180);
    wheel.start();
    try {
      await waitFor('all', () => ran.length >= 3, 5000);
      await realClock.sleep(100);
      expect(ran).to.deep.equal(['a', 'b', 'c']);
      // What is already over is run at once, and a wait for what comes late is cut short by what comes sooner.
      wheel.set(a, performance.now() + 5000);
      await realClock.sleep(50);
      wheel.set(b, performance.now() - 1000);
      await waitFor('what is over', () => ran.length === 4, 2000);
    } finally {
      wheel.stop();
    }
  });

  it('tells how late it was', async () => {
    let late = 0;
    const wheel = new Wheel<Item>((_, ms) => (late = ms));
    wheel.start();
    wheel.set(item('a'), performance.now() - 300);
    try {
      await waitFor('it', () => late > 0);
      expect(late).to.be.greaterThan(299);
    } finally {
      wheel.stop();
    }
  });

  it('makes up for a process that was stopped, each once', async () => {
    const ran: string[] = [];
    const wheel = new Wheel<Item>(({ name }) => void ran.push(name));
    for (let at = 0; at < 20; at += 1) wheel.set(item(`${at}`), performance.now() + 10 * at);
    wheel.start();
    const until = performance.now() + 400;
    while (performance.now() < until);
    try {
      await waitFor('all', () => ran.length >= 20);
      expect(ran).to.deep.equal(Array.from({ length: 20 }, (_, at) => `${at}`));
    } finally {
      wheel.stop();
    }
  });
});
