/** Somebody else holds the port of a container: the engine and the kernel are asked, not the answer. */
import { expect } from 'chai';
import { needsDocker } from '../../support/hosts/dockerd.ts';
import { startDockerWorld, type DockerWorld } from '../../support/hosts/docker-world.ts';

describe('a port of a container that somebody else holds', function () {
  this.timeout(120_000);
  let at: DockerWorld;
  before(needsDocker);
  before(async () => {
    at = await startDockerWorld();
    at.configure({ health });
  });
  after(() => at?.stop());
  afterEach(() => leave());
  /** No header tells the release. */
  const health = '{ path: /cgi-bin/health, within: 3s, every: 50ms, rise: 2 }';
  let count = 0;
  const deploy = async (outcome: readonly [number, string]) => {
    await at.release(`${(count += 1)}`);
    const { code, json, stderr } = await at.deploy();
    expect([code, json.outcome], stderr).to.deep.equal(outcome);
    return { json, stderr };
  };
  /** Answers there, on the server itself. */
  const occupy = (port: string): void => {
    at.host.sh(
      `nohup node -e 'require("http").createServer((q, a) => a.end()).listen(Number(process.argv[1]))' "$1" >/dev/null 2>&1 </dev/null &
echo $! > /run/foreign.pid
for i in $(seq 400); do awk '$4 == "0A" { print $2 }' /proc/net/tcp /proc/net/tcp6 | grep -q ":$(printf %04X "$1")$" && exit 0; sleep 0.05; done; exit 1`,
      port,
    );
  };
  const leave = (): string =>
    at.host.sh(
      '[ ! -e /run/foreign.pid ] || kill -9 "$(cat /run/foreign.pid)" || true; rm -f /run/foreign.pid',
    );

  it('reverts a first release whose port is taken, and says what the engine said', async () => {
    occupy('3001');
    const { json } = await deploy([3, 'reverted']);
    expect(json.reasons[0]).to.match(/address already in use|port is already allocated/);
    expect(at.inspect('{{.Id}}')).to.equal('');
  });

  it('is proven by the engine that publishes the port, for a release that runs already too', async () => {
    const { json } = await deploy([0, 'done']);
    expect([json.warnings, json.data.instances[0].proof]).to.deep.equal([[], 'manager']);
    const again = await at.deploy();
    expect([again.json.outcome, again.json.data.instances[0].proof]).to.deep.equal(['unchanged', 'manager']);
  });

  it('fails at once, with the log, when it runs in the network of the server and cannot listen there', async () => {
    at.configure({ instances: ['web-2'], isPublished: false, health: health.replace('3s', '10m') });
    occupy('3000');
    const { json } = await deploy([3, 'reverted']);
    expect(json.reasons[0]).to.match(/the container has ended with code \d+/);
    expect(json.data.instances[0].evidence.log.join()).to.match(/in use/);
  });
});
