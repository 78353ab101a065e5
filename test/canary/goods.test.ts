import { expect } from 'chai';
import { join } from 'node:path';
import { start } from '../../src/canary/index.ts';
import { readConfig } from '../../src/config/index.ts';
import { realClock } from '../../src/drivers/clock.ts';
import { realRandom } from '../../src/drivers/random.ts';
import type { Opener } from '../../src/opener.ts';
import type { Archive } from '../../src/ports/ports.ts';
import { packageSetting } from '../artifact/setting.ts';
import { fakeStore } from '../fakes/store.ts';
import { keptLog } from '../support/router/router.ts';
import { tempFolder } from '../support/temp.ts';

const text = `app: shop
environments:
  production: { driver: local, path: /nowhere/a, service: { start: a, stop: a, status: a }, instances: [{ name: web-1, url: "http://127.0.0.1:1" }] }
  canary: { extends: production, path: /nowhere/b, instances: [{ name: can-1, url: "http://127.0.0.1:2" }] }
traffic: { stable: production, canary: canary, listen: "127.0.0.1:0" }
`;

describe('canary start', () => {
  const parent = tempFolder();

  it('looks into the artifact once, its deploy does not do it again', async () => {
    const setting = packageSetting(parent(), (made) => (made.write('dist/a'), {}));
    const { artifact } = await setting.package();
    const { archive, files } = setting.ports;
    const looked: string[] = [];
    const counting: Archive = {
      ...archive,
      hash: (file) => (looked.push('hash'), archive.hash(file)),
      inspect: (...given) => (looked.push('inspect'), archive.inspect(...given)),
    };
    const store = fakeStore(realClock);
    const nobody = () => Promise.reject(new Error('no server is there'));
    const open = {
      ...{ clock: realClock, timer: realClock, random: realRandom, masked: (it: string) => it },
      ...{ store: async () => store, files: async () => files, archive: async () => counting },
      ...{ local: nobody, ssh: nobody, git: nobody, http: nobody, balancer: (real: () => unknown) => real() },
    } as unknown as Opener;
    const { config } = readConfig(text, join(setting.folder, 'canopy.yml'), {});
    const actor = { name: 'ann', url: '' };
    const signal = new AbortController().signal;
    const one = { config, open, actor, log: keptLog(), signal, balanced: true, probed: false };
    const ended = await start(one, join(setting.folder, artifact), null).catch(
      (error: Error) => error.message,
    );
    expect(ended, 'it comes as far as its deploy').to.equal('no server is there');
    expect(looked).to.deep.equal(['hash', 'inspect']);
  });
});
