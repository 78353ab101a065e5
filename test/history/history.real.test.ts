import { join } from 'node:path';
import { expect } from 'chai';
import { openAudit } from '../../src/audit/index.ts';
import { buildStore } from '../../src/config/sections/store/store.ts';
import { realClock } from '../../src/drivers/clock.ts';
import { openGit } from '../../src/drivers/git.ts';
import { openRedis } from '../../src/drivers/redis/redis.ts';
import { doraOf, history, table, type HistoryAsked } from '../../src/history/index.ts';
import type { Store } from '../../src/ports/ports.ts';
import { needs } from '../support/needs.ts';
import { quietLog } from '../support/quiet-log.ts';
import { startRedis, type RunningRedis } from '../support/services/redis.ts';
import { repository, type Repository } from '../support/worlds/repository.ts';
import { tempFolder } from '../support/temp.ts';

const asked: HistoryAsked = {
  environment: 'production',
  traffic: [],
  limit: 20,
  since: null,
  release: null,
  commits: 2,
};
const plain = (_: string, text: string): string => text;

describe('history, of a real store and a real clone', function () {
  this.timeout(60_000);
  before(needs('redis-server', 'git'));
  const folder = tempFolder();
  let redis: RunningRedis;
  let store: Store;
  let clone: Repository;
  const commits: string[] = [];
  const log = quietLog();
  const at = (n: number): string => `2023111400000${n}-${commits[n]?.slice(0, 7)}-aaaaaa`;
  const ports = (git = async () => openGit(clone.folder)) => ({ store, git, log });
  const deployed = async (
    n: number,
    before: number | null,
    more: { outcome?: string; commit?: string } = {},
  ): Promise<void> => {
    const audit = openAudit(
      { app: 'shop', actor: { name: 'shop #7', url: 'http://jenkins/7/' } },
      { store, clock: realClock, log },
    );
    const deed = { action: 'deploy', environment: 'production', release: at(n) };
    const id = await audit.intent(deed);
    const previous = before === null ? null : at(before);
    await audit.outcome(id, { ...deed, outcome: 'done', previous, commit: commits[n] ?? null, ...more });
  };

  before(async () => {
    redis = await startRedis();
    store = await openRedis(buildStore(redis.url));
    clone = repository(folder());
    const subjects = ['one', 'two', 'three', '\u001b[2Jgone \u202e four', 'five'];
    for (const [at, subject] of subjects.entries())
      commits.push(await clone.commit(subject, 'Ann \u001b]0;x\u0007', 1_700_000_000_000 + at * 60_000));
  });
  after(async () => {
    await store?.close();
    await redis?.stop();
  });
  beforeEach(() => redis.tell('FLUSHALL'));

  it('tells of each deploy the commits between the releases, a few of them', async () => {
    await deployed(0, null);
    await deployed(4, 0);
    await deployed(1, 4);
    const { items } = await history('shop', asked, ports());
    const found = items.map((item) => (item.kind === 'action' ? item.commits : null));
    expect(found[0]).to.deep.include({ back: true, more: 1 });
    expect(found[1]).to.deep.include({ back: false, more: 2, missing: [] });
    expect(found[1]?.list.map(({ commit, subject }) => [commit, subject])).to.deep.equal([
      [commits[4]?.slice(0, 7), 'five'],
      [commits[3]?.slice(0, 7), ' [2Jgone  four'],
    ]);
    expect(found[2]).to.equal(null);
    expect(JSON.stringify(items)).not.to.match(/\\u001b|\\u0007|\u202e/);
  });

  it('says which commit is not in this clone, and does without a clone at all', async () => {
    await deployed(0, null);
    await deployed(4, 0, { commit: 'f'.repeat(40) });
    const text = table(await history('shop', asked, ports()), plain);
    expect(text).to.contain('commits: fffffff is not in this clone');
    const bare = await history(
      'shop',
      asked,
      ports(async () => openGit(folder())),
    );
    expect(bare.items.map((item) => (item.kind === 'action' ? item.commits : 0))).to.deep.equal([null, null]);
    expect(log.lines.filter((line) => line.includes('without commits'))).to.have.length(1);
  });

  it('says that a shallow clone does not have all, and which release is the older one', async () => {
    const shallow = join(folder(), 'shallow');
    clone.git('config', 'uploadpack.allowAnySHA1InWant', 'true');
    clone.git('clone', '--quiet', '--depth', '1', `file://${clone.folder}`, shallow);
    for (const commit of [commits[0], commits[4]])
      clone.git('-C', shallow, 'fetch', '--quiet', '--depth', '1', 'origin', commit ?? '');
    await deployed(0, null);
    await deployed(4, 0);
    await deployed(0, 4);
    const found = await history(
      'shop',
      asked,
      ports(async () => openGit(shallow)),
    );
    const told = found.items.map((item) => (item.kind === 'action' ? item.commits : null));
    expect(told[1]).to.deep.include({ cut: true, back: false });
    expect(told[1]?.list.map(({ subject }) => subject)).to.deep.equal(['five']);
    expect(told[0]).to.deep.include({ cut: true, back: true });
    expect(table(found, plain)).to.contain('it is shallow (git fetch --unshallow gets the rest)');
    const whole = await history('shop', asked, ports());
    expect(table(whole, plain)).not.to.contain('shallow');
  });

  it('shows entries of strangers as unreadable: nothing of them is run or printed', async () => {
    await deployed(0, null);
    const evil = {
      kind: 'outcome',
      action: 'deploy\u001b[2J',
      release: '$(touch /tmp/evil)',
      outcome: 'done',
      command: 'reboot',
    };
    await store.append('canopy:shop:audit', evil, 100);
    await store.append('canopy:shop:audit', { '\u001b]0;x\u0007': '\u001b[31m' }, 100);
    const found = await history('shop', asked, ports());
    const text = table(found, plain);
    expect(text).to.contain('--- unreadable: 2 entries that Canopy did not write');
    expect(text + JSON.stringify(found)).not.to.match(/evil|reboot|\u001b|\\u001b/);
  });

  it('shows an intent whose process died, and what a failover has lost', async () => {
    await deployed(0, null);
    await deployed(1, 0);
    const audit = openAudit({ app: 'shop', actor: { name: 'b', url: '' } }, { store, clock: realClock, log });
    await audit.intent({ action: 'deploy', environment: 'production', release: at(2) });
    const newest = (await store.tail('canopy:shop:audit', 3)).map(({ id }) => id);
    expect(table(await history('shop', asked, ports()), plain)).to.contain(
      'no outcome: it died or is running',
    );
    // What Redis had acknowledged and lost: the second deploy, both entries.
    for (const id of newest) await redis.tell('XDEL', 'canopy:shop:audit', id);
    await deployed(3, 2);
    const text = table(await history('shop', asked, ports()), plain);
    expect(text).to.contain(`--- gap: no entry tells how production came from ${at(0)} to ${at(2)}`);
  });

  it('reads a stream at its full length', async function () {
    this.timeout(60_000);
    await deployed(0, null);
    const flag = { kind: 'intent', at: '1', actor: 'a', url: '', action: 'flag set', environment: '' };
    const rest = { release: '', target: 'x', outcome: '', intent: '', reasons: '[]' };
    const append = (): Promise<unknown> => store.append('canopy:shop:audit', { ...flag, ...rest }, 10_000);
    // In portions: the last of ten thousand at once may wait longer than the store has time to answer.
    for (let at = 0; at < 10_000; at += 500) await Promise.all(Array.from({ length: 500 }, append));
    const { items, older } = await history('shop', { ...asked, limit: 3 }, ports());
    expect(items.filter(({ kind }) => kind === 'action')).to.have.length(3);
    expect(older).to.be.greaterThan(9000);
  });

  it('makes the DORA figures from it', async () => {
    await deployed(0, null);
    await deployed(1, 0);
    await deployed(2, 1, { outcome: 'reverted', commit: 'f'.repeat(40) });
    const now = realClock.now();
    const found = await doraOf('shop', { environment: 'production', since: null, now }, ports());
    expect(found.deploymentFrequency).to.deep.equal({ perDay: 2, events: 2 });
    expect(found.leadTime).to.deep.include({ events: 2, unknown: 0 });
    // The commits of the test are of November 2023.
    expect(found.leadTime.medianMs).to.be.within(now - 1_700_000_060_000, now - 1_699_999_990_000);
    expect(found.changeFailureRate).to.deep.include({ failures: 1, events: 3 });
    expect(found.timeToRestore).to.deep.equal({ medianMs: null, events: 1, open: 0 });
  });
});
