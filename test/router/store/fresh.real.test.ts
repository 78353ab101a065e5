import { expect } from 'chai';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startLoad } from '../../support/http/load.ts';
import { allHealthy, startRouter, type RunningRouter } from '../../support/router/router.ts';

import { startUpstream, type Upstream } from '../../support/http/upstream.ts';
import { waitFor } from '../../support/wait-for.ts';

describe('a router that nobody has given a canary yet', function () {
  this.timeout(30_000);
  let stable: Upstream;
  let canary: Upstream;
  let stateDir = '';
  let router: RunningRouter;
  const begin = () =>
    startRouter({
      ...{ stable: [stable], canary: [canary], stateDir, fresh: true },
      traffic: { weight: 33, stateDir },
    });
  const whoAnswers = async (requests: number): Promise<unknown> =>
    (await startLoad({ port: router.proxy.port, requests, by: 'x-instance' }).done).byHeader;

  beforeEach(async () => {
    stateDir = mkdtempSync(join(tmpdir(), 'canopy-fresh-'));
    [stable, canary] = [await startUpstream('web-1'), await startUpstream('canary-1')];
    router = await begin();
    await allHealthy(router);
  });
  afterEach(async () => {
    await router.stop();
    await Promise.all([stable.kill(), canary.kill()]);
    rmSync(stateDir, { recursive: true, force: true });
  });

  it('sends nothing to its healthy instances: not by the share, not by the header, not in need', async () => {
    const { body } = await router.admin('GET', '/state');
    expect(body).to.include({ enabled: false, weight: 33, effective: 0 });
    expect(await whoAnswers(300)).to.deep.equal({ 'web-1': 300 });
    expect((await fetch(router.url, { headers: { 'x-canary': 'always' } })).status).to.equal(200);
    await stable.kill();
    await waitFor('stable to be gone', async () => (await fetch(router.url)).status === 503);
    expect(canary.seen).to.equal(0);
  });

  it('the first weight switches it on, also the one of canopy.yml; a restart keeps it on', async () => {
    const { body } = await router.admin('PUT', '/weight', { weight: 33 });
    expect(body).to.include({ weight: 33, effective: 33 });
    expect(await whoAnswers(300)).to.deep.equal({ 'web-1': 201, 'canary-1': 99 });
    await router.stop();
    router = await begin();
    expect((await router.admin('GET', '/state')).body).to.include({ enabled: true, effective: 33 });
  });
});
