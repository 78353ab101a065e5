import { spawn, type ChildProcess } from 'node:child_process';
import { expect } from 'chai';
import type { WatchSubject } from '../../src/config/types.ts';
import { realClock } from '../../src/drivers/clock.ts';
import { openProbe, TargetChecks, type TargetPorts } from '../../src/probes/index.ts';
import { quietLog } from '../support/quiet-log.ts';
import { freePort } from '../support/temp.ts';
import { waitFor } from '../support/wait-for.ts';

const serve = (port: number): ChildProcess =>
  spawn(process.execPath, [
    '-e',
    `require('http').createServer({ keepAliveTimeout: 60000 }, (q, a) => a.end('ok')).listen(${port}, '127.0.0.1')`,
  ]);

describe('a server that is killed', function () {
  this.timeout(60_000);

  it('is down after three checks, long before its next turn, and up again after two good ones', async () => {
    const port = await freePort();
    let server = serve(port);
    const seen: string[] = [];
    const subject: WatchSubject = {
      ...{ name: 'site', words: [], metrics: ['down'], needs: null, timeoutMs: null, instance: null },
      probe: { kind: 'http', url: `http://127.0.0.1:${port}/`, status: 200, contains: null },
      everyMs: null,
    };
    const checks = new TargetChecks({
      subjects: [subject],
      times: { everyMs: 4000, timeoutMs: 2000, confirmMs: 100, down: 3, up: 2 },
      clock: realClock,
      log: quietLog(),
      openProbe: (one, onBroken) => openProbe(one, {} as TargetPorts, onBroken),
      onChecked: ({ state, last }) => void seen.push(`${String(last?.ok)} ${state.state}`),
    });
    checks.start();
    try {
      await waitFor('up', () => seen.at(-1) === 'true up');
      seen.length = 0;
      const killed = performance.now();
      server.kill('SIGKILL');
      await waitFor('down', () => seen.at(-1) === 'false down');
      // Not after three turns of four seconds.
      expect(performance.now() - killed).to.be.lessThan(4000);
      expect(seen).to.deep.equal(['false up', 'false up', 'false down']);
      expect(checks.targets[0]?.last?.why).to.equal('connection refused');
      seen.length = 0;
      server = serve(port);
      await waitFor('up again', () => seen.at(-1) === 'true up');
      expect(seen.slice(-2)).to.deep.equal(['true down', 'true up']);
    } finally {
      checks.stop();
      server.kill('SIGKILL');
    }
  });
});
