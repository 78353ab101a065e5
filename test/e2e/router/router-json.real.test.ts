import { expect } from 'chai';
import { startLoad } from '../../support/http/load.ts';
import { startService } from '../../support/router/router-service.ts';
import { startUpstream } from '../../support/http/upstream.ts';

describe('canopy router --json, end to end', function () {
  this.timeout(120_000);

  it('one document on standard output, with what all workers did; all else on the error output', async () => {
    const upstream = await startUpstream('web-1');
    const out: string[] = [];
    const router = await startService({
      ...{ stable: [upstream], store: 'redis://127.0.0.1:1/0', workers: 2 },
      words: ['--json'],
    });
    try {
      router.child.stdout?.on('data', (chunk: Buffer) => out.push(chunk.toString()));
      await startLoad({ port: router.port, requests: 100 }).done;
      expect((await router.restart()).code).to.equal(0);
      await startLoad({ port: router.port, requests: 23 }).done;
      expect(await router.stop(), router.log()).to.equal(0);
      const { step, outcome, data } = JSON.parse(out.join('')) as Record<string, unknown>;
      expect([step, outcome]).to.deep.equal(['router', 'done']);
      expect(data).to.deep.include({ workers: 4, requests: { 'web-1': 123 }, failed: 0 });
      // What the workers say is heard too.
      expect(router.log()).to.contain('listens on 127.0.0.1');
    } finally {
      await router.stop();
      router.remove();
      await upstream.kill();
    }
  });
});
