import { expect } from 'chai';
import { readConfig } from '../../src/config/index.ts';
import { fail } from '../../src/errors.ts';
import type { Opener } from '../../src/opener.ts';
import { status } from '../../src/status/index.ts';
import { fakeClock } from '../fakes/clock.ts';
import { fakeStore } from '../fakes/store.ts';
import { quietLog } from '../support/quiet-log.ts';

describe('status', () => {
  it('tells nothing of an instance because of its name', async () => {
    const { config } = readConfig(
      `app: shop
environments:
  one:
    path: /srv/shop
    service: { systemd: shop }
    instances: [{ name: constructor, host: a, url: "http://a" }, { name: to-string, host: b, url: "http://b" }]`,
      '/app/canopy.yml',
      { HOME: '/' },
    );
    const store = fakeStore();
    const clock = fakeClock();
    const open = {
      clock,
      timer: clock,
      store: async () => store,
      files: async () => ({ exists: async () => false }),
      ssh: async () => ({
        host: async () => {
          throw fail('ssh-refused', { host: 'a', port: 22 });
        },
      }),
    } as unknown as Opener;
    const found = await status(config, null, open, quietLog());
    const item = {
      release: null,
      foreign: false,
      layout: null,
      running: false,
      health: null,
      drained: false,
      healthyReleases: [],
      unreachable: 'connection refused by a port 22',
    };
    expect(found.environments[0]?.instances).to.deep.equal([
      { name: 'constructor', ...item },
      { name: 'to-string', ...item },
    ]);
  });
});
