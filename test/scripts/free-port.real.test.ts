import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect } from 'chai';
import { freePort } from '../support/free-port.ts';

const file = join(import.meta.dirname, '../support/free-port.ts');
const range = '/proc/sys/net/ipv4/ip_local_port_range';

describe('ports for tests', function () {
  this.timeout(60_000);

  it('no two processes that run side by side are given the same one', async () => {
    const script = `const { freePort } = await import(${JSON.stringify(file)});
      console.log(JSON.stringify(await Promise.all(Array.from({ length: 150 }, freePort))));
      process.stdin.resume();`;
    const words = ['--import', 'tsx', '--input-type=module', '-e', script];
    const all = [1, 2, 3].map(() => spawn(process.execPath, words, { stdio: ['pipe', 'pipe', 'inherit'] }));
    try {
      const lines = await Promise.all(all.map(({ stdout }) => once(createInterface(stdout), 'line')));
      const told = lines.flatMap(([line]) => JSON.parse(String(line)) as number[]);
      expect(told).to.have.length(450);
      expect(new Set(told).size).to.equal(450);
    } finally {
      // They live until then: that is what "side by side" means.
      for (const { stdin } of all) stdin.end();
    }
  });

  it('lies below those that the kernel gives to connections, and is not taken', async () => {
    const lowest = existsSync(range) ? Number(readFileSync(range, 'utf8').split(/\s+/)[0]) : 32_768;
    let port = await freePort();
    // What follows is to be of the same block.
    if (port % 100 === 99) port = await freePort();
    expect(port).to.be.within(1025, lowest - 1);
    const taken = createServer();
    await new Promise<void>((resolve, reject) => {
      taken.once('error', reject).listen(port + 1, '127.0.0.1', resolve);
    });
    try {
      expect(await freePort()).not.to.equal(port + 1);
    } finally {
      taken.close();
    }
  });
});
