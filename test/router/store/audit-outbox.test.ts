import { expect } from 'chai';
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { history } from '../../../src/audit/index.ts';
import { realClock } from '../../../src/drivers/clock.ts';
import type { Store } from '../../../src/ports/ports.ts';
import { endOf, openAuditOutbox, type AuditOutbox } from '../../../src/router/store/audit-outbox.ts';
import { openOutboxFile } from '../../../src/router/disk/outbox-file.ts';
import { fakeClock } from '../../fakes/clock.ts';
import { fakeStore, type FakeStore } from '../../fakes/store.ts';
import { keptLog } from '../../support/router/router.ts';
import { tempFolder } from '../../support/temp.ts';
import { waitFor } from '../../support/wait-for.ts';

describe('the audit entries of a router', () => {
  const folder = tempFolder();
  let store: FakeStore;
  let away: boolean;
  let log: ReturnType<typeof keptLog>;
  let dir: string;
  let life: AbortController;
  let loops: Promise<void>[];

  beforeEach(() => {
    store = fakeStore(fakeClock());
    away = false;
    log = keptLog();
    dir = mkdtempSync(join(folder(), 'state-'));
    life = new AbortController();
    loops = [];
  });
  afterEach(async () => {
    life.abort();
    await Promise.all(loops);
  });

  const open = async (id = 'r1'): Promise<AuditOutbox> => {
    const gated: Store = {
      ...store,
      append: (...given) => (away ? Promise.reject(new Error('away')) : store.append(...given)),
    };
    const setup = {
      app: 'shop',
      id,
      environment: 'canary',
      clock: realClock,
      log,
      file: openOutboxFile(dir, log),
    };
    const outbox = await openAuditOutbox({ ...setup, store: gated });
    loops.push(outbox.follow(life.signal));
    return outbox;
  };
  const entries = async () => (await history(store, 'shop')).entries.toReversed();
  const spooled = (): string[] => readdirSync(dir).filter((name) => name.startsWith('audit-'));

  it('are an intent and an outcome that names it, in order, and nothing is left on the disk', async () => {
    const outbox = await open();
    outbox.begin('alert', 'admin port, ::1', ['slow'])(endOf(true));
    outbox.begin('canary put back', null)({ outcome: 'failed', reasons: ['x'] });
    await waitFor('four entries', async () => (await entries()).length === 4);
    const [a, b, c, d] = await entries();
    expect([a?.kind, a?.actor.name, a?.reasons]).to.deep.equal(['intent', 'admin port, ::1', ['slow']]);
    expect([b?.intent, b?.outcome, d?.intent, d?.outcome]).to.deep.equal([a?.id, 'done', c?.id, 'failed']);
    expect([c?.actor.name, c?.environment, c?.target]).to.deep.equal(['router r1', 'canary', 'traffic']);
    await waitFor('an empty folder', () => spooled().length === 0);
  });

  it('wait on the disk while the store is away, and are written by the next router of that folder', async () => {
    away = true;
    const outbox = await open();
    const ended = outbox.begin('canary reverted', null, ['9 of 20 failed']);
    ended(endOf(false));
    life.abort();
    await Promise.all(loops);
    expect(spooled()).to.deep.equal([`audit-${process.pid}.json`]);
    away = false;
    life = new AbortController();
    await open('r2');
    await waitFor('both', async () => (await entries()).length === 2);
    const [intent, outcome] = await entries();
    expect([intent?.actor.name, outcome?.intent, outcome?.outcome]).to.deep.equal([
      'router r1',
      intent?.id,
      'late',
    ]);
    await waitFor('an empty folder', () => spooled().length === 0);
  });

  it('are at most a thousand; the oldest are given up, and their outcomes name none', async () => {
    away = true;
    const outbox = await open();
    const ended = outbox.begin('first', null);
    for (let n = 0; n < 1000; n += 1) outbox.begin(`deed ${n}`, null);
    ended({ outcome: 'done' });
    away = false;
    await waitFor('all', async () => (await entries()).length === 1000);
    const all = await entries();
    expect([all[0]?.action, all.at(-1)?.action, all.at(-1)?.intent]).to.deep.equal(['deed 1', 'first', null]);
    expect(log.lines.filter((line) => line.includes('given up'))).to.have.length(2);
  });

  it('of a dead process are taken over, those of a living one are not, half a file is no harm', async () => {
    const text = JSON.stringify([{ ref: 'x-1', fields: intentOf('old') }]);
    writeFileSync(join(dir, 'audit-4194000.json'), text);
    writeFileSync(join(dir, 'audit-1.json'), text);
    writeFileSync(join(dir, 'audit-4194001.json'), text.slice(0, 30));
    await open();
    await waitFor('it', async () => (await entries()).length === 1);
    expect((await entries())[0]?.action).to.equal('old');
    // What cannot be read is kept aside, and told.
    await waitFor('the rest', () => spooled().length === 2);
    expect(spooled()).to.have.members(['audit-1.json', 'audit-4194001.json.bad']);
    expect(readFileSync(join(dir, 'audit-1.json'), 'utf8')).to.equal(text);
    expect(readFileSync(join(dir, 'audit-4194001.json.bad'), 'utf8')).to.equal(text.slice(0, 30));
    expect(log.lines.join()).to.contain('audit-4194001.json.bad').and.contain('it is no JSON');
  });

  it('of a file with one that cannot be read are taken over but for that one, and nothing is lost', async () => {
    const text = JSON.stringify([{ ref: 'x-1', fields: intentOf('old') }, { ref: 7 }]);
    for (const pid of [4194000, 4194001]) writeFileSync(join(dir, `audit-${pid}.json`), text);
    writeFileSync(join(dir, 'audit-4194000.json.bad'), 'from before');
    await open();
    await waitFor('it, once', async () => (await entries()).length === 1);
    await waitFor('what was kept aside', () => spooled().length === 3);
    expect(spooled().sort()).to.deep.equal([
      'audit-4194000.json.2.bad',
      'audit-4194000.json.bad',
      'audit-4194001.json.bad',
    ]);
    expect(readFileSync(join(dir, 'audit-4194000.json.bad'), 'utf8')).to.equal('from before');
  });

  it('that a router was taking over when it died are taken over again', async () => {
    const text = JSON.stringify([{ ref: 'x-1', fields: intentOf('old') }]);
    writeFileSync(join(dir, 'audit-4194000.json.4194001.claimed'), text);
    writeFileSync(join(dir, 'audit-4194002.json.1.claimed'), text);
    await open();
    await waitFor('it', async () => (await entries()).length === 1);
    await waitFor('one to be left', () => spooled().length === 1);
    expect(spooled()).to.deep.equal(['audit-4194002.json.1.claimed']);
  });

  it('without a store stand in the log', async () => {
    const setup = {
      app: 'shop',
      id: 'r1',
      environment: 'canary',
      clock: realClock,
      log,
      file: openOutboxFile(dir, log),
    };
    const outbox = await openAuditOutbox({ ...setup, store: null });
    outbox.begin('alert', 'ann')(endOf(true));
    expect(log.lines.filter((line) => line.includes('audit: '))).to.deep.equal([
      'info  audit: alert (canary, traffic) by ann: begun',
      'info  audit: alert (canary, traffic) by ann: done',
    ]);
    expect(spooled()).to.deep.equal([]);
  });
});

const intentOf = (action: string): Record<string, string> => ({
  ...{ kind: 'intent', at: '1', actor: 'router r0', url: '', action, environment: 'canary', release: '' },
  ...{ target: 'traffic', outcome: '', intent: '', reasons: '[]' },
});
