/** A commit that changes the options of its container: what is gone back to has those that it was deployed with. */
import { expect } from 'chai';
import { needsDocker } from '../../support/hosts/dockerd.ts';
import { startDockerWorld, type DockerWorld } from '../../support/hosts/docker-world.ts';

describe('a container with other options from now on', function () {
  this.timeout(120_000);
  let at: DockerWorld;
  before(needsDocker);
  before(async () => {
    at = await startDockerWorld();
  });
  after(() => at?.stop());
  const options = (): string => at.inspect('{{.HostConfig.Memory}} {{.HostConfig.RestartPolicy.Name}}');
  const first = `${64 * 1024 ** 2} no`;
  const second = `${96 * 1024 ** 2} on-failure`;
  let one = '';
  let two = '';

  it('goes back by a rollback with the options of the earlier one, and forth again', async () => {
    at.configure({ docker: 'memory: 64MB, restart: "no"' });
    one = await at.release('1');
    expect((await at.deploy()).code).to.equal(0);
    at.configure({ docker: 'memory: 96MB, restart: on-failure' });
    two = await at.release('2');
    expect((await at.deploy()).code).to.equal(0);
    expect([await at.answers(), options()]).to.deep.equal([two, second]);
    for (const [id, has] of [
      [one, first],
      [two, second],
    ] as const) {
      const { code, json, stderr } = await at.canopy('rollback', '--environment', 'production', '--to', id);
      expect([code, json.outcome], stderr).to.deep.equal([0, 'done']);
      expect([await at.answers(), options()]).to.deep.equal([id, has]);
    }
  });

  it('goes back from a failure to the options of the earlier one', async () => {
    at.configure({ docker: 'memory: 128MB, restart: "no"' });
    await at.release('3', 'sick');
    const { code, json, stderr } = await at.deploy();
    expect([code, json.outcome], stderr).to.deep.equal([3, 'reverted']);
    expect([await at.answers(), options()]).to.deep.equal([two, second]);
  });
});
