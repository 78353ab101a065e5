import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ssh2 from 'ssh2';
import { expect } from 'chai';
import { needs } from '../../support/needs.ts';
import { startSshd, type Sshd } from '../../support/ssh/sshd.ts';
import { waitFor } from '../../support/wait-for.ts';
import { startWorld, type World } from '../../support/worlds/world.ts';

// A server offers to prove all its keys to each new connection. Nobody here listens, and with 20 servers it was a tenth of the time.
describe('the steps as built and the other keys of a server', function () {
  this.timeout(60_000);
  let world: World;
  let server: Sshd;
  before(needs('redis-server', 'sshd', 'git'));
  before(async () => {
    world = await startWorld(1);
    server = await startSshd({
      folder: join(world.folder, 'talkative'),
      hostKeys: ['ed25519', 'rsa'],
      accept: [world.sshd.keyFile],
      config: ['LogVerbose serverloop.c:*:*'],
    });
    writeFileSync(join(world.folder, 'known_hosts'), `${server.knownHostsLine}\n`);
    world.configure({ sshd: server });
  });
  after(async () => {
    await server?.stop();
    await world?.stop();
  });

  const asked = (): number => server.log().split('rtype hostkeys-prove-00@openssh.com').length - 1;

  it('they are not asked to prove them', async () => {
    const ran = await world.canopy(['status', '--environment', 'production']);
    expect(ran.code, ran.stderr).to.equal(0);
    expect(server.log()).to.contain('Accepted key');
    expect(asked()).to.equal(0);
  });
  it('the library by itself would ask', async () => {
    const client = new ssh2.Client();
    const { host, port, user, keyFile } = server;
    client.connect({ host, port, username: user, privateKey: readFileSync(keyFile) });
    await once(client, 'ready');
    await waitFor('the question', () => asked() === 1);
    client.end();
  });
});
