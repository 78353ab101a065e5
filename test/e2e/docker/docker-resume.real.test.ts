import { existsSync, readlinkSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { buildKilled } from '../../support/worlds/build-killed.ts';
import { startController, type Died } from '../../support/worlds/controller.ts';
import { needsDocker } from '../../support/hosts/dockerd.ts';
import { startDockerWorld, type DockerWorld, type Kind } from '../../support/hosts/docker-world.ts';

/** Where the controller dies, and how what is left is taken up. */
const deaths: readonly (readonly [point: string, kind: Kind, by: 'resume' | 'deploy'])[] = [
  ['amid command: stage web-2', 'good', 'resume'],
  ['amid command: activate web-1', 'good', 'resume'],
  ['amid command: activate web-2', 'good', 'deploy'],
  ['amid command: finish web-1', 'good', 'resume'],
  ['amid command: restore web-1', 'sick', 'resume'],
  ['after command: restore web-1', 'sick', 'deploy'],
];

describe('a controller that is killed in the middle of a deploy of containers', function () {
  this.timeout(90_000);
  let at: DockerWorld;
  let program = '';
  let now = '';
  const names = ['web-1', 'web-2'];
  before(needsDocker);
  before(async () => {
    at = await startDockerWorld();
    symlinkSync(at.host.folder, join(at.world.folder, 'servers'));
    program = await buildKilled(at.world.folder);
    at.configure({ instances: names });
    now = await at.release('1');
    const { code, stderr } = await at.deploy();
    expect(code, stderr).to.equal(0);
  });
  after(() => at?.stop());

  const killed = (die: string): Promise<Died> =>
    startController(
      program,
      at.world,
      { die },
      {
        words: ['deploy', '--environment', 'production'],
        env: { CANOPY_SSH_KEY_FILE: at.host.sshd.keyFile },
      },
    ).ended;
  const current = (name: string): string | null => {
    const link = join(at.host.folder, name, 'shop', 'current');
    return existsSync(link) ? readlinkSync(link).replace('releases/', '') : null;
  };
  const label = '{{.State.Running}} {{index .Config.Labels "canopy.release"}}';

  for (const [nth, [point, kind, by]] of deaths.entries())
    it(`${kind}, died ${point}, then ${by}: one container each, of one release`, async () => {
      const next = await at.release(`${nth + 2}`, kind);
      const died = await killed(point);
      expect(died.signal, died.stderr).to.equal('SIGKILL');
      await at.world.redis.tell('PEXPIRE', 'canopy:shop:lock:production', '1');
      const ended = await at.deploy(...(by === 'resume' ? ['--resume'] : []));
      expect(ended.json.outcome, ended.stderr).to.equal(kind === 'good' ? 'done' : 'reverted');
      if (kind === 'good') now = next;
      for (const name of names) {
        expect([name, current(name), await at.answers(name), at.inspect(label, name)]).to.deep.equal([
          name,
          now,
          now,
          `true ${now}`,
        ]);
      }
      const left = at.host.sh(`docker ps -a --format '{{.Names}}'`).split('\n').sort();
      expect(left).to.deep.equal(names.map((name) => `canopy-shop-${name}`));
    });
});
