import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { runtimeOf } from '../../../src/commands/runtime.ts';
import { toShell } from '../../../src/commands/core/shell.ts';
import type { Instance } from '../../../src/config/types.ts';
import { engineObjections } from '../../../src/deploy/model/service/engine.ts';
import { parseFacts } from '../../../src/deploy/model/facts.ts';
import { readConfig } from '../../../src/config/index.ts';
import { needsDocker } from '../../support/hosts/dockerd.ts';
import { startDockerWorld, type DockerWorld } from '../../support/hosts/docker-world.ts';
import { needs } from '../../support/needs.ts';
import { waitFor } from '../../support/wait-for.ts';

describe('images, hooks and rights on a real Docker Engine', function () {
  this.timeout(60_000);
  let at: DockerWorld;
  before(needsDocker);
  before(needs('docker-registry'));
  before(async () => {
    at = await startDockerWorld();
  });
  after(() => at?.stop());
  const label = '{{index .Config.Labels "canopy.release"}}';
  const idOf = (image: string): string => at.host.sh(`docker image inspect -f '{{.Id}}' "$1"`, image);

  it('loads the image that stands in the artifact, by its own id and not by its name', async () => {
    at.configure({ docker: 'load: out/image.tar', files: 'out' });
    let built = '';
    const id = await at.release('1', 'good', () => {
      at.host.sh(
        'mkdir -p "$1/out" && docker build -t shop:latest "$1" && docker save -o "$1/out/image.tar" shop:latest',
        at.world.repo,
      );
      built = idOf('shop:latest');
      // Somebody else's image has the name by then; the load takes it back, which the tag of ours must not depend on.
      at.host.sh('docker image rm shop:latest && docker tag base:1 shop:latest');
    });
    const { code, stderr } = await at.deploy();
    expect(code, stderr).to.equal(0);
    expect([await at.answers(), idOf(`canopy-shop-web-1:${id}`), at.inspect(label)]).to.deep.equal([
      id,
      built,
      id,
    ]);
  });

  it('says so when the artifact holds no image', async () => {
    await at.release('2', 'good', () => writeFileSync(join(at.world.repo, 'out/image.tar'), 'no image'));
    const { code, json, stderr } = await at.deploy();
    expect([code, json.outcome], stderr).to.deep.equal([1, 'failed']);
    expect(json.reasons[0]).to.contain('docker load failed');
  });

  it('pulls the image from a registry by the release id, and says so when it is not there', async () => {
    const config = join(at.host.folder, 'registry.yml');
    const store = join(at.host.folder, 'registry');
    writeFileSync(
      config,
      `version: 0.1\nstorage: { filesystem: { rootdirectory: ${store} } }\nhttp: { addr: "127.0.0.1:5000" }\n`,
    );
    at.host.sh('nohup docker-registry serve "$1" > "$1.log" 2>&1 </dev/null &', config);
    at.configure({ docker: 'image: "127.0.0.1:5000/team/shop"' });
    const id = await at.release('3');
    const none = await at.deploy();
    expect([none.code, none.json.outcome], none.stderr).to.deep.equal([1, 'failed']);
    expect(none.json.reasons[0]).to.contain('docker pull failed').and.contain(`team/shop:${id}`);
    const name = `127.0.0.1:5000/team/shop:${id}`;
    at.host.sh('docker build -t "$1" "$2"', name, at.world.repo);
    await waitFor('the registry', () => (at.host.sh('docker push "$1"', name), true));
    at.host.sh('docker image rm "$1"', name);
    const { code, stderr } = await at.deploy();
    expect(code, stderr).to.equal(0);
    expect([await at.answers(), at.inspect(label)]).to.deep.equal([id, id]);
  });

  it('runs a hook in a container of the new release, in its network when it runs already, and leaves none', async () => {
    at.configure({
      env: { COLOUR: `it's "green"` },
      environment: `    hooks:
      prepare: 'echo "prepare $CANOPY_HOOK $CANOPY_RELEASE $COLOUR"; test -f /app/run.sh'
      after: 'wget -q -O - http://127.0.0.1:3000/cgi-bin/health | grep CANOPY_RELEASE | sed "s/^/after /"'`,
    });
    const id = await at.release('4');
    const { code, stderr } = await at.deploy('--verbose');
    expect(code, stderr).to.equal(0);
    expect(stderr).to.contain(`prepare prepare ${id} it's "green"`).and.contain(`after CANOPY_RELEASE=${id}`);
    expect(at.host.sh('docker ps -aq').split('\n')).to.have.length(1);
  });

  it('ends a hook that is late, its container too', async () => {
    at.configure({ environment: `    hooks: { prepare: { run: 'echo begun; sleep 600', timeout: 2s } }` });
    await at.release('5');
    const before = at.inspect('{{.Id}}');
    const { code, json, stderr } = await at.deploy();
    expect(code, stderr).not.to.equal(0);
    expect(json.reasons.join()).to.contain('begun');
    await waitFor('its container to be gone', () => at.host.sh('docker ps -aq --no-trunc') === before);
    at.configure();
  });

  describe('before anything is touched', () => {
    let instance: Instance;
    before(() => {
      const yml = `app: shop\nenvironments: { p: { driver: docker, path: ${at.host.folder}/other, instances: [{ name: web-9, host: h }] } }`;
      instance = readConfig(yml, '/app/canopy.yml', { HOME: '/' }).config.environments['p']
        ?.instances[0] as Instance;
    });
    const objections = (script: string): string[] => {
      const facts = parseFacts(
        at.host.sh(script, toShell(runtimeOf(instance).facts({ withUnit: true, withJournal: false }))),
      );
      if (facts === null) throw new Error('no facts');
      return engineObjections([instance], { 'web-9': facts }, { release: 'r1', size: null }).map(
        ({ code }) => code,
      );
    };

    it('finds nothing against an engine that answers', () => {
      expect(objections('sh -c "$1"')).to.deep.equal([]);
    });
    it('names the group when the SSH user may not use the socket', () => {
      expect(objections('setpriv --reuid 65534 --regid 65534 --clear-groups sh -c "$1"')).to.deep.equal([
        'docker-denied',
      ]);
    });
    it('misses the program', () => {
      const hide =
        'for file in /usr/local/bin/docker /usr/bin/docker; do [ ! -e "$file" ] || mount --bind /dev/null "$file"; done';
      const show =
        'for file in /usr/local/bin/docker /usr/bin/docker; do umount "$file" 2>/dev/null || true; done';
      expect(objections(`${hide}; sh -c "$1"; ${show}`)).to.deep.equal(['docker-missing']);
    });
  });
});
