import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { expect } from 'chai';
import { lost, startLoad } from '../../support/http/load.ts';
import { startService } from '../../support/router/router-service.ts';
import { freePort } from '../../support/temp.ts';
import { startUpstream, type Upstream } from '../../support/http/upstream.ts';
import { waitFor } from '../../support/wait-for.ts';

describe('canopy router: restarted at another address, end to end', function () {
  this.timeout(120_000);
  let upstream: Upstream;
  let other: Server;
  const taken = (): number => (other.address() as AddressInfo).port;
  before(async () => {
    upstream = await startUpstream('web-1');
    other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
  });
  after(async () => {
    other.close();
    await upstream.kill();
  });

  for (const workers of [1, 2])
    it(`${workers} worker(s): an address in use is named and the old ones go on; at a free one the new ones serve`, async () => {
      const router = await startService({ stable: [upstream], store: 'redis://127.0.0.1:1/0', workers });
      const load = startLoad({ port: router.port, connections: 4, pauseMs: 5 });
      try {
        const [free, adminPort] = [await freePort(), router.adminPort];
        const refused: [readonly [number, number], string][] = [
          [[taken(), adminPort], 'public'],
          [[free, taken()], 'admin'],
        ];
        for (const [ports, which] of refused) {
          const before = router.workers();
          router.configure({ ports });
          const { code, output } = await router.restart();
          expect(code, output).to.equal(1);
          expect(output, which)
            .to.contain(`cannot listen on 127.0.0.1:${taken()}: address already in use`)
            .and.contain('the old ones go on serving');
          expect(router.workers()).to.deep.equal(before);
          const seen = load.now().requests;
          await waitFor('more requests', () => load.now().requests > seen + 50);
        }
        expect(router.log()).not.to.contain('defect');
        expect(await isOpen(free), 'opened for a worker that did not come up').to.equal(false);

        const counted = await load.stop();
        expect(lost(counted), JSON.stringify(counted)).to.equal(0);
        router.configure({ ports: [free, adminPort] });
        const { code, output } = await router.restart();
        expect(code, output + router.log()).to.equal(0);
        expect((await fetch(`http://127.0.0.1:${free}/`)).status).to.equal(200);
        await waitFor('the old address to be given up', async () => !(await isOpen(router.port)));
      } finally {
        await load.stop();
        await router.stop();
        router.remove();
      }
    });
});

function isOpen(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  return new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
  }).then((open) => {
    socket.destroy();
    return open;
  });
}
