import { expect } from 'chai';
import { Sockets, type SocketHandle } from '../../../src/workers/index.ts';
import { lost, startLoad } from '../../support/http/load.ts';
import { startService, type RouterService } from '../../support/router/router-service.ts';
import { freePort } from '../../support/temp.ts';
import { startUpstream } from '../../support/http/upstream.ts';
import { waitFor } from '../../support/wait-for.ts';

const descriptorOf = (handle: SocketHandle): number => (handle as unknown as { fd: number }).fd;

describe('canopy router: with sockets that systemd keeps, end to end', function () {
  this.timeout(180_000);
  for (const workers of [1, 2])
    it(`the primary itself is restarted, and nobody is refused or cut: ${workers} workers`, async () => {
      const upstream = await startUpstream('web-1');
      const ports: [number, number] = [await freePort(), await freePort()];
      // In place of systemd: this process keeps them and never accepts.
      const kept = new Sockets(new Map());
      const handles = await Promise.all(
        ports.map((port, at) => kept.get(String(at), { host: '127.0.0.1', port })),
      );
      let router: RouterService | null = null;
      try {
        router = await startService({
          ...{ stable: [upstream], store: 'redis://127.0.0.1:1/0', workers, ports },
          sockets: handles.map(descriptorOf),
        });
        expect(router.log()).to.contain('systemd keeps the listening sockets');
        const loads = [
          startLoad({ port: router.port, connections: 8 }),
          startLoad({ port: router.port, connections: 8, pauseMs: 150 }),
          startLoad({ port: router.port, connections: 4, path: '/slow?ms=300' }),
        ];
        for (let turn = 0; turn < 3; turn += 1) {
          const at = loads.map((one) => one.now().requests);
          await waitFor('requests of each', () =>
            loads.every((one, index) => one.now().requests > (at[index] ?? 0) + 10),
          );
          expect(await router.stop(), router.log()).to.equal(0);
          await router.start();
        }
        for (const one of loads) {
          const counted = await one.stop();
          expect(lost(counted), JSON.stringify([counted.statuses, counted.failures])).to.equal(0);
          expect(counted.requests).to.be.greaterThan(30);
        }
      } finally {
        await router?.stop();
        router?.remove();
        kept.keep([]);
        await upstream.kill();
      }
    });
});
