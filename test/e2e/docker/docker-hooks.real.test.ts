import { join } from 'node:path';
import { expect } from 'chai';
import { goneAfter, oneOff } from '../../../src/commands/docker/run.ts';
import { limited } from '../../../src/commands/core/time-limit.ts';
import { toShell } from '../../../src/commands/core/shell.ts';
import { readConfig } from '../../../src/config/index.ts';
import { needsDocker } from '../../support/hosts/dockerd.ts';
import { startDockerWorld, type DockerWorld } from '../../support/hosts/docker-world.ts';

const deaf = `trap '' TERM; echo begun; while :; do sleep 0.1; done`;

describe('a hook in a container that does not end when it is told to', function () {
  this.timeout(60_000);
  let at: DockerWorld;
  let id = '';
  before(needsDocker);
  before(async () => {
    at = await startDockerWorld();
    at.configure();
    id = await at.release('1');
    const { code, stderr } = await at.deploy();
    expect(code, stderr).to.equal(0);
  });
  after(() => at?.stop());
  const containers = (): string[] => at.host.sh(`docker ps -a --format '{{.Names}}'`).split('\n');

  it('is killed a moment after its time limit: nothing of it is left, what runs is not touched', async () => {
    const before = at.inspect('{{.Id}} {{.State.StartedAt}}');
    at.configure({ environment: `    hooks: { prepare: { run: "${deaf}", timeout: 1s } }` });
    await at.release('2');
    const { code, json, stderr } = await at.deploy();
    expect([code, json.outcome, json.errors[0].code], stderr).to.deep.equal([1, 'failed', 'hook-late']);
    expect(json.reasons[0]).to.contain('begun').and.not.to.contain('goes on');
    expect(containers()).to.deep.equal(['canopy-shop-web-1']);
    expect([at.inspect('{{.Id}} {{.State.StartedAt}}'), await at.answers()]).to.deep.equal([before, id]);
  });

  it('is killed too where the SSH user may not see its processes', () => {
    const path = join(at.host.folder, 'web-1', 'shop');
    const yml = `app: shop\nenvironments: { p: { driver: docker, path: ${path}, docker: { stop: 2s }, instances: [{ name: web-1, host: h }] } }`;
    const [instance] =
      readConfig(yml, '/app/canopy.yml', { HOME: '/' }).config.environments['p']?.instances ?? [];
    if (!instance?.docker) throw new Error('no docker section');
    const own = { docker: instance.docker, path };
    const mark = 'CANOPY_HOOK_ID=late';
    const run = oneOff(own, { path, id }, [deaf], { CANOPY_HOOK_ID: 'late' });
    const bounded = goneAfter(own, limited(run, { ms: 2000, graceMs: 500, mark }));
    // In the group of the socket alone.
    const asDeploy = `chown -R 65534 "$2/.canopy" "$2/releases"; chmod 0711 "$3"
group=$(stat -L -c %g /var/run/docker.sock)
code=0; setpriv --reuid 65534 --regid 65534 --groups "$group" sh -c "$1" || code=$?
chown -R 0 "$2/.canopy" "$2/releases"; echo "code $code"`;
    const said = at.host.sh(asDeploy, toShell(bounded), path, at.host.folder);
    expect(said.split('\n')).to.deep.equal(['begun', 'code 124']);
    expect(containers()).to.deep.equal(['canopy-shop-web-1']);
  });

  it('leaves a container of that name alone when it is of somebody else', async () => {
    at.host.sh('docker run -d --name canopy-shop-web-1-Once base:1 sleep 600');
    at.configure({ environment: `    hooks: { prepare: exit 3 }` });
    const { code, json } = await at.deploy();
    expect([code, json.outcome]).to.deep.equal([1, 'failed']);
    expect(containers().sort()).to.deep.equal(['canopy-shop-web-1', 'canopy-shop-web-1-Once']);
    at.host.sh('docker rm -f canopy-shop-web-1-Once');
  });
});
