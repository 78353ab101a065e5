import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { makeKey } from '../../support/ssh/sshd.ts';
import { needs } from '../../support/needs.ts';
import { freePort } from '../../support/temp.ts';
import { startWorld, type World } from '../../support/worlds/world.ts';

describe('bad input, end to end', function () {
  this.timeout(60_000);
  let world: World;
  before(needs('redis-server', 'sshd', 'git'));
  before(async () => {
    world = await startWorld(1);
    world.commit('1');
    expect((await world.canopy(['package'])).code).to.equal(0);
    expect((await world.canopy(['deploy', '--environment', 'production'])).code).to.equal(0);
    world.commit('2');
    expect((await world.canopy(['package'])).code).to.equal(0);
  });
  after(() => world?.stop());
  afterEach(() =>
    world.configure({
      sshd: world.sshd,
      knownHosts: join(world.folder, 'known_hosts'),
      rollout: '',
      extra: '',
      service: '',
      path: world.path,
    }),
  );

  const deploy = (env = {}, ...words: string[]) =>
    world.canopy(['deploy', '--environment', 'production', ...words], env);
  const withEnvironment = (words: readonly string[]): readonly string[] =>
    words.includes('--environment') ? words : ['--environment', 'production', ...words];
  /** Expects an error of the catalogue, and that the server still answers with what it had. */
  const refused = async (code: string, exit: number, env = {}, ...words: string[]) => {
    const before = await world.answers(0);
    const ran = await world.canopy(['deploy', ...withEnvironment(words)], env);
    expect([ran.json?.errors[0]?.code, ran.code], ran.stderr).to.deep.equal([code, exit]);
    expect(ran.json.errors[0].hint).not.to.equal('');
    expect(await world.answers(0)).to.equal(before);
    return ran.json.errors[0] as { message: string; hint: string };
  };

  it('an environment that does not exist', () =>
    refused('no-environment', 2, {}, '--environment', 'staging'));
  it('a missing canopy.yml', () => refused('config-missing', 2, {}, '--config', 'nope.yml'));
  it('a missing variable, named with its key', async () => {
    world.configure({ extra: '    branch: "${env:NO_SUCH}"' });
    expect((await refused('config-variable', 2)).message).to.equal(
      'environments.production.branch: the variable NO_SUCH is not set',
    );
  });
  it('an instance that does not exist', () => refused('no-instances', 2, {}, '--only', 'web-9'));

  it('a host that refuses connections', async () => {
    world.configure({ sshd: { ...world.sshd, port: await freePort() } });
    await refused('ssh-refused', 1);
  });
  it('a key that the server does not accept', async () => {
    await refused('ssh-auth', 1, { CANOPY_SSH_KEY_FILE: makeKey(join(world.folder, 'other'), 'ed25519') });
  });
  it('a key file that does not exist', () =>
    refused('secret-file', 2, { CANOPY_SSH_KEY_FILE: '/no/such/key' }));
  it('a host whose key is not known', async () => {
    writeFileSync(join(world.folder, 'empty'), '');
    world.configure({ knownHosts: join(world.folder, 'empty') });
    await refused('ssh-host-key-unknown', 1);
  });
  it('a host whose key has changed, with file and line', async () => {
    const file = join(world.folder, 'changed');
    const other = readFileSync(`${makeKey(join(world.folder, 'host'), 'ed25519')}.pub`, 'utf8');
    writeFileSync(file, `# a comment\n[127.0.0.1]:${world.sshd.port} ${other}`);
    world.configure({ knownHosts: file });
    expect((await refused('ssh-host-key-changed', 1)).message).to.contain(`${file} line 2`);
  });

  it('a store that does not answer', async () =>
    refused('store-unreachable', 1, { CANOPY_STORE: `redis://127.0.0.1:${await freePort()}/0` }));

  it('a store that holds a hostile journal: it is refused, and nothing in it is run', async () => {
    const evil = JSON.stringify({
      deploy: 'x',
      environment: 'production',
      release: '$(touch /tmp/canopy-pwned)',
      by: 'x',
      startedAt: 1,
      state: 'running',
      doing: [],
      records: [],
    });
    await world.redis.tell('SET', 'canopy:shop:deploy:production', evil);
    await refused('store-record', 1);
    expect(existsSync('/tmp/canopy-pwned')).to.equal(false);
    await world.redis.tell('DEL', 'canopy:shop:deploy:production');
  });

  it('an artifact with another hash than its manifest says', async () => {
    const folder = join(world.repo, '.canopy/artifacts');
    const { id } = JSON.parse(readFileSync(join(folder, 'latest.json'), 'utf8')) as { id: string };
    const copy = join(world.folder, 'copy');
    mkdirSync(copy);
    for (const end of ['tgz', 'json']) execFileSync('cp', [join(folder, `${id}.${end}`), copy]);
    appendFileSync(join(copy, `${id}.tgz`), 'x');
    await refused('artifact-hash', 1, {}, '--artifact', join(copy, `${id}.tgz`));
  });

  it('an artifact with a member that its manifest does not have: nothing is sent', async () => {
    const folder = join(world.repo, '.canopy/artifacts');
    const { id } = JSON.parse(readFileSync(join(folder, 'latest.json'), 'utf8')) as { id: string };
    const more = join(world.folder, 'more');
    mkdirSync(more);
    writeFileSync(join(more, 'evil'), 'x');
    const tar = join(more, 'a.tar');
    execFileSync('sh', ['-c', 'gunzip -c "$1" > "$2"', 'sh', join(folder, `${id}.tgz`), tar]);
    execFileSync('tar', ['-rf', tar, '-C', more, 'evil']);
    const archive = execFileSync('gzip', ['-c', tar]);
    const manifest = JSON.parse(readFileSync(join(folder, `${id}.json`), 'utf8')) as object;
    const sha256 = createHash('sha256').update(archive).digest('hex');
    const other = id.replace(/[^-]*$/, sha256.slice(0, 6));
    writeFileSync(join(more, `${other}.tgz`), archive);
    const claimed = JSON.stringify({ ...manifest, sha256, size: archive.length, id: other });
    writeFileSync(join(more, `${other}.json`), claimed);
    const releases = join(world.path('web-1'), 'releases');
    const held = readdirSync(releases);
    const { message } = await refused('archive-member', 1, {}, '--artifact', join(more, `${other}.tgz`));
    expect(message).to.contain('evil');
    expect(readdirSync(releases)).to.deep.equal(held);
  });

  it('a shared file that the server lacks, with the command that makes it', async () => {
    world.configure({ extra: '    shared: [.env, uploads/]' });
    expect((await refused('shared-missing', 1)).hint).to.contain('touch');
  });

  it('a service that never becomes healthy: reverted, with the reason', async () => {
    world.commit('bad', true);
    await world.canopy(['package']);
    const { code, json } = await deploy();
    expect([code, json.outcome]).to.deep.equal([3, 'reverted']);
    expect(json.reasons[0]).to.contain('not healthy within 5 s: status 500');
    world.commit('good again');
    await world.canopy(['package']);
  });

  it('a prepare hook that fails: nothing is switched', async () => {
    world.configure({ extra: "    hooks: { prepare: 'echo no such luck >&2; exit 3' }" });
    expect((await refused('hook-failed', 1)).message)
      .to.contain('no such luck')
      .and.to.contain('exit code 3');
  });

  it('a full disk: nothing is switched, nothing is left', async function () {
    if (process.getuid?.() !== 0) return needs('root').call(this, () => undefined);
    const small = join(world.folder, 'small');
    mkdirSync(small);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', small]);
    try {
      world.configure({ path: () => join(small, 'srv/shop') });
      // What the file system says is enough, what it takes is not.
      writeFileSync(join(world.repo, 'big.bin'), execFileSync('head', ['-c', '40000', '/dev/urandom']));
      const yml = readFileSync(join(world.repo, 'canopy.yml'), 'utf8');
      writeFileSync(join(world.repo, 'canopy.yml'), yml.replace('files: [app.js', 'files: [big.bin, app.js'));
      await world.canopy(['package']);
      const ran = await deploy();
      expect(['remote-disk-full', 'host-space']).to.include(ran.json.errors[0].code, ran.stderr);
      expect(ran.code).to.equal(1);
      const left = existsSync(join(small, 'srv/shop/releases'))
        ? readdirSync(join(small, 'srv/shop/releases'))
        : [];
      expect(left).to.deep.equal([]);
    } finally {
      execFileSync('umount', [small]);
      execFileSync('rm', ['-f', join(world.repo, 'big.bin')]);
      await world.canopy(['package']);
    }
  });

  it('a folder that the SSH user may not write', async () => {
    world.configure({ path: () => '/proc/canopy/shop' });
    const ran = await deploy();
    expect(ran.code).to.equal(1);
    expect(['host-readonly', 'remote-permission', 'remote-missing', 'host-space']).to.include(
      ran.json.errors[0].code,
    );
  });

  it('hostile values in every parameter that reaches a shell stay values', async () => {
    const mark = join(world.folder, 'pwned');
    for (const evil of [
      `$(touch ${mark})`,
      `'; touch ${mark}; '`,
      `\`touch ${mark}\``,
      `x\ntouch ${mark}`,
      `--only=$(touch ${mark})`,
    ]) {
      for (const words of [
        ['--environment', evil],
        ['--environment', 'production', '--artifact', evil],
        ['--environment', 'production', '--only', evil],
      ]) {
        expect((await world.canopy(['deploy', ...words])).code).to.be.oneOf([1, 2]);
      }
      expect(
        (await world.canopy(['rollback', '--environment', 'production', '--to', evil])).code,
      ).to.be.oneOf([1, 2]);
    }
    world.configure({ extra: `    env: { EVIL: "$(touch ${mark}) \`touch ${mark}\` '; touch ${mark} #" }` });
    world.commit('with env');
    await world.canopy(['package']);
    const ran = await deploy();
    expect(ran.code, ran.stderr).to.equal(0);
    expect(existsSync(mark)).to.equal(false);
  });

  it('only commands that read reach the server in a dry run', async () => {
    world.commit('dry');
    await world.canopy(['package']);
    const before = world.sshd.commands().length;
    expect((await deploy({}, '--dry-run')).code).to.equal(0);
    const sent = world.sshd.commands().slice(before);
    const [facts = '', ...lists] = sent;
    expect(facts).to.contain('say canopy facts');
    // What the releases there were made of, to tell what would be sent; by which check one of them is judged.
    for (const command of lists)
      expect(command).to.match(
        /^(sh -c 'cat -- "\$1"' canopy \S+\/\.canopy\/files|head -c 100001 -- \S+\/\.canopy\/release\.json)$/,
      );
  });
});
