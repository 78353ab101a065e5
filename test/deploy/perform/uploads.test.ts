import { createHash } from 'node:crypto';
import { expect } from 'chai';
import type { Instance } from '../../../src/config/types.ts';
import { listed, listText } from '../../../src/deploy/plan/delta.ts';
import type { InstanceFacts } from '../../../src/deploy/model/facts.ts';
import { Uploads } from '../../../src/deploy/perform/uploads.ts';
import type { PackedFile } from '../../../src/shared/member.ts';
import type { Archive, BundleOrder, Host, Task } from '../../../src/ports/ports.ts';
import { quietLog } from '../../support/quiet-log.ts';

const tree = (over: Readonly<Record<string, string>>): Record<string, PackedFile> =>
  Object.fromEntries(
    Object.entries({ a: '1', b: '2', c: '3', d: '4', ...over }).map(([name, hash]) => [
      name,
      { sha256: hash.padStart(64, '0'), size: 1000, mode: '0644' },
    ]),
  );
const textOf = (files: Record<string, PackedFile>): string => listText(listed(files, []));
const sumOf = (text: string): string => createHash('sha256').update(text).digest('hex');

const shop = (name: string, shared: readonly string[] = []): Instance =>
  ({ name, path: '/srv/shop', shared, service: { kind: 'systemd', unit: 'shop' } }) as unknown as Instance;

/** A server that prints lists of files, and counts how often it is asked. */
function server(lists: Readonly<Record<string, string>>): Host & { readonly asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    run: async (task: Task) => {
      expect(task.effect).to.equal('read');
      const id = /releases\/([^/]+)\//.exec(JSON.stringify(task.command))?.[1] ?? '';
      asked.push(id);
      const text = lists[id] ?? '';
      for (const line of text.split('\n').slice(0, -1)) task.onLine?.(line, 'out');
      return { code: text === '' ? 1 : 0, stdout: '', stderr: '' };
    },
    get: () => Promise.reject(new Error('not asked')),
    connects: () => Promise.reject(new Error('not asked')),
    exchange: () => Promise.reject(new Error('not asked')),
  };
}

const facts = (current: string | null, lists: Readonly<Record<string, string>>): InstanceFacts =>
  ({
    current,
    releases: Object.keys(lists).map((id) => ({ id, healthyAt: null })),
    lists: Object.fromEntries(Object.entries(lists).map(([id, text]) => [id, sumOf(text)])),
  }) as unknown as InstanceFacts;

describe('deploy/uploads', () => {
  let orders: BundleOrder[] = [];
  let discarded = 0;
  const archive = {
    bundle: async (order: BundleOrder) => {
      orders.push(order);
      return {
        front: Buffer.alloc(10),
        file: `bundle-${orders.length}`,
        size: 20,
        discard: async () => void (discarded += 1),
      };
    },
  } as unknown as Archive;
  beforeEach(() => {
    orders = [];
    discarded = 0;
  });
  const next = tree({ d: '9' });
  const open = (size = 1500): Uploads =>
    new Uploads({ file: 'a.tgz', sha256: 'x', size, files: next }, async () => archive, quietLog());
  const r1 = textOf(tree({}));

  it('asks one of fifty servers, and packs once', async () => {
    const uploads = open();
    const servers = Array.from({ length: 50 }, () => server({ r1 }));
    const all = await Promise.all(
      servers.map((host, at) =>
        uploads.forServer({ instance: shop(`web-${at}`), host, facts: facts('r1', { r1 }), link: true }),
      ),
    );
    expect(servers.flatMap(({ asked }) => asked)).to.deep.equal(['r1']);
    expect(orders.map(({ members }) => [...(members ?? [])])).to.deep.equal([['d']]);
    expect(new Set(all.map(({ sends }) => sends))).to.deep.equal(new Set(['1 of 4 files (1000 B), links 3']));
    expect(all[7]).to.deep.include({ base: 'r1', tree: sumOf(textOf(next)), size: 20 });
    await uploads.close();
    expect(discarded).to.equal(1);
  });

  it('sends all where nothing is held, and nothing is asked', async () => {
    const host = server({});
    const upload = await open().forServer({
      instance: shop('web-1'),
      host,
      facts: facts(null, {}),
      link: false,
    });
    expect([upload.sends, upload.base, host.asked]).to.deep.equal(['4 files (1.5 KB)', null, []]);
    expect(orders[0]?.members).to.equal(null);
  });

  it('takes from the release of which the most can be taken', async () => {
    const r2 = textOf(next);
    const host = server({ r1, r2 });
    const given = { instance: shop('web-1'), host, facts: facts('r1', { r1, r2 }), link: false };
    const upload = await open().forServer(given);
    expect([upload.base, upload.sends]).to.deep.equal(['r2', '0 of 4 files (0 B), copies 4']);
  });

  it('looks at three releases, at the present one first', async () => {
    const lists = Object.fromEntries(
      ['r1', 'r2', 'r3', 'r4', 'r5'].map((id) => [id, textOf(tree({ e: id.slice(1) }))]),
    );
    const host = server(lists);
    await open().forServer({ instance: shop('web-1'), host, facts: facts('r2', lists), link: false });
    expect(host.asked).to.deep.equal(['r2', 'r5', 'r4']);
  });

  it('sends all when a server tells another list than it said, and asks the next one', async () => {
    const uploads = open();
    const [liar, honest] = [server({ r1: textOf(tree({ a: '7' })) }), server({ r1 })];
    const given = { facts: facts('r1', { r1 }), link: false };
    const first = await uploads.forServer({ instance: shop('web-1'), host: liar, ...given });
    const second = await uploads.forServer({ instance: shop('web-2'), host: honest, ...given });
    expect([first.base, second.base]).to.deep.equal([null, 'r1']);
  });

  it('sends all when nearly everything is new', async () => {
    const other = textOf(tree({ a: '5', b: '6', c: '7' }));
    const host = server({ r1: other });
    const given = { instance: shop('web-1'), host, facts: facts('r1', { r1: other }), link: false };
    expect((await open().forServer(given)).base).to.equal(null);
  });

  it('has a tree of its own for each list of shared files', async () => {
    const uploads = open();
    const trees = [];
    for (const shared of [[], ['a'], ['a']]) trees.push((await uploads.whole(shop('web-1', shared))).tree);
    expect(trees[0]).not.to.equal(trees[1]);
    expect(trees[1]).to.equal(trees[2]);
    expect(orders).to.have.length(2);
  });

  it('compresses nothing again that came out no smaller', async () => {
    for (const size of [1500, 3900]) {
      const given = {
        instance: shop('web-1'),
        host: server({ r1 }),
        facts: facts('r1', { r1 }),
        link: false,
      };
      await open(size).forServer(given);
    }
    expect(orders.map(({ compress }) => compress)).to.deep.equal([true, false]);
  });
});
