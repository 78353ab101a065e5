import { join } from 'node:path';
import { expect } from 'chai';
import { receive } from '../../../src/commands/docker/image.ts';
import { toShell } from '../../../src/commands/core/shell.ts';
import { readConfig } from '../../../src/config/index.ts';
import { needsDocker } from '../../support/hosts/dockerd.ts';
import { startDockerWorld, type DockerWorld } from '../../support/hosts/docker-world.ts';

const id = '20261121070000-3f2a9c1-8d2e41';
const apps = ['shop', 'blog'];

describe('images that are loaded at the same time', function () {
  this.timeout(60_000);
  let at: DockerWorld;
  before(needsDocker);
  before(async () => {
    at = await startDockerWorld();
  });
  after(() => at?.stop());
  const idOf = (image: string): string => at.host.sh(`docker image inspect -f '{{.Id}}' "$1"`, image);

  it('reach two instances on one server, sent at once from one archive', async () => {
    at.configure({
      ...{ instances: ['web-1', 'web-2'], docker: 'load: out/image.tar', files: 'out' },
      rollout: 'healthyFor: 0s, batch: 2, maxUnavailable: 2',
    });
    const release = await at.release('1', 'good', () => {
      at.host.sh(
        'mkdir -p "$1/out" && docker build -t shop:latest "$1" && docker save -o "$1/out/image.tar" shop:latest && docker image rm shop:latest',
        at.world.repo,
      );
    });
    const { code, stderr } = await at.deploy();
    expect(code, stderr).to.equal(0);
    expect([await at.answers('web-1'), await at.answers('web-2')]).to.deep.equal([release, release]);
    expect(idOf(`canopy-shop-web-1:${release}`)).to.equal(idOf(`canopy-shop-web-2:${release}`));
  });

  it('are those of their own archives, though two applications give them one name', () => {
    const made = apps.map((app) => packed(app));
    for (let round = 0; round < 5; round += 1) {
      const words = made.flatMap(({ command, archive }) => [command, archive]);
      at.host.sh(
        'sh -c "$1" < "$2" >/dev/null & one=$!; sh -c "$3" < "$4" >/dev/null; wait "$one"',
        ...words,
      );
      expect(apps.map((app) => idOf(`canopy-${app}-web-1:${id}`))).to.deep.equal(
        made.map(({ image }) => image),
      );
      expect(new Set(made.map(({ image }) => image)).size).to.equal(2);
      at.host.sh('docker image rm -f "$@" same:latest', ...apps.map((app) => `canopy-${app}-web-1:${id}`));
    }
  });

  /** An archive with an image `same:latest` that only this application has, and the command that takes it. */
  function packed(app: string): { command: string; archive: string; image: string } {
    const folder = join(at.host.folder, app);
    at.host.sh(
      `mkdir -p "$1/image" && cd "$1/image" && echo "$2" > name && printf 'FROM base:1\\nCOPY name /name\\n' > Dockerfile
docker build -t same:latest . && docker save -o ../image.tar same:latest && cd .. && tar -czf archive.tgz image.tar`,
      folder,
      app,
    );
    const image = idOf('same:latest');
    at.host.sh('docker image rm same:latest');
    const yml = `app: ${app}\nenvironments: { p: { driver: docker, path: ${folder}/srv, docker: { load: image.tar }, instances: [{ name: web-1, host: h }] } }`;
    const [instance] =
      readConfig(yml, '/app/canopy.yml', { HOME: '/' }).config.environments['p']?.instances ?? [];
    if (!instance?.docker) throw new Error('no docker section');
    const archive = join(folder, 'archive.tgz');
    const sha256 = at.host.sh('sha256sum "$1"', archive).slice(0, 64);
    const received = {
      ...{ path: instance.path, id, sha256, shared: [], record: '{}', env: '' },
      ...{ tree: sha256, base: null, link: false },
    };
    return { command: toShell(receive(instance.docker, received)), archive, image };
  }
});
