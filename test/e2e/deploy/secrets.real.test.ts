import { spawn, execFileSync, type ChildProcess } from 'node:child_process';
import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { appThatTells, everyKey, formsOf, leaksIn, textOf, unescapeMonitor } from '../../support/leaks.ts';
import { needs } from '../../support/needs.ts';
import { startRedis, type RunningRedis } from '../../support/services/redis.ts';
import { makeKey } from '../../support/ssh/sshd.ts';
import { waitFor } from '../../support/wait-for.ts';
import { startWorld, type Outcome, type World } from '../../support/worlds/world.ts';

const plain = {
  store: `st0re/p@ss w+rd'"$x%é`,
  passphrase: `pass phrase'"$(id)\\ñ-9x`,
  token: 'tokén+/=0123456789abcdef',
  alertToken: `alert "token" with $pecial & signs`,
  bound: `first line of it\nsecond 'line' of it`,
  fromElsewhere: 'an-admin-token-of-another-variable',
};

describe('secrets, end to end', function () {
  this.timeout(120_000);
  let world: World;
  let redis: RunningRedis;
  let monitor: ChildProcess;
  let written = '';
  let secrets: Record<string, string>;
  let env: Record<string, string>;
  before(needs('redis-server', 'redis-cli', 'sshd', 'git'));
  before(async () => {
    world = await startWorld(1);
    redis = await startRedis({ password: plain.store });
    monitor = spawn('redis-cli', ['-p', String(redis.port), 'monitor'], {
      env: { ...process.env, REDISCLI_AUTH: plain.store },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    monitor.stdout?.on('data', (chunk: Buffer) => (written += chunk.toString('latin1')));
    const keyFile = makeKey(join(world.folder, 'locked_key'), 'ed25519', plain.passphrase);
    appendFileSync(join(world.folder, 'sshd/authorized_keys'), readFileSync(`${keyFile}.pub`));
    secrets = { ...plain, key: readFileSync(keyFile, 'utf8') };
    writeFileSync(join(world.repo, 'alert-token'), `${plain.alertToken}\n`);
    appendFileSync(join(world.repo, '.gitignore'), 'alert-token\nseen.txt\nreports/\n');
    env = {
      CANOPY_STORE: redis.url,
      CANOPY_SSH_KEY_FILE: keyFile,
      CANOPY_SSH_PASSPHRASE: plain.passphrase,
      CANOPY_TOKEN: plain.token,
      OTHER_ADMIN: plain.fromElsewhere,
      CANOPY_BOUND: 'DEPLOY_PASSWORD,CANOPY_TOKEN',
      DEPLOY_PASSWORD: plain.bound,
      BUILD_TAG: `job-${plain.token}`,
      BUILD_URL: `http://jenkins.example/?token=${encodeURIComponent(plain.token)}`,
    };
    configure('', 'OTHER_ADMIN');
    world.commit('1');
    await run(['package']);
  });
  after(async () => {
    monitor?.kill();
    await redis?.stop();
    await world?.stop();
  });

  const configure = (extra: string, token = 'CANOPY_TOKEN'): void =>
    world.configure({
      extra,
      traffic: `checks: { tests: { run: [sh check.sh], report: "reports/*.xml" } }
traffic: { stable: production, balancer: none, admin: { token: "\${env:${token}}", alertToken: "\${file:alert-token}" } }`,
    });
  /** Runs a step and looks at all it has left anywhere. */
  const run = async (words: string[], over: Record<string, string> = {}): Promise<Outcome> => {
    const file = join(world.folder, 'result.json');
    rmSync(file, { force: true });
    const ran = await world.canopy([...words, '--verbose', '--result', file], { ...env, ...over });
    await redis.tell('PING');
    const places = {
      stdout: ran.stdout,
      stderr: ran.stderr,
      result: readFileSync(file, 'utf8'),
      server: textOf(join(world.folder, 'servers'), ['app.js']),
      artifacts: textOf(join(world.repo, '.canopy')),
      commands: world.sshd.commands().join('\n'),
      'what was written to the store': unescapeMonitor(written),
      'what stands in the store': await everyKey(redis.port, plain.store),
    };
    for (const [place, text] of Object.entries(places)) {
      expect(leaksIn(text, secrets), `${words.join(' ')}: ${place}`).to.deep.equal([]);
    }
    return ran;
  };
  const deploy = (...words: string[]) => run(['deploy', '--environment', 'production', ...words]);
  /** A file on the server that holds what a hook prints. */
  const leaky = (name: string, text: string): string => {
    const file = join(world.folder, name);
    writeFileSync(file, text);
    return file;
  };

  it('are used: the deploy gets in with all of them', async () => {
    const { code, stderr } = await deploy();
    expect(code, stderr).to.equal(0);
    await waitFor('the monitor', () => written.includes('XADD'));
    expect(unescapeMonitor(written)).to.contain('job-[secret]');
  });

  it('are hidden when a hook on the server prints them in every form', async () => {
    const forms = Object.values(secrets).flatMap((secret) => Object.values(formsOf(secret)));
    const all = leaky('all', `${forms.map((form) => `before ${form} after`).join('\n')}\n`);
    world.configure({ extra: `    hooks: { prepare: 'cat ${all}; cat ${all} >&2; echo printed' }` });
    world.commit('prints');
    await run(['package']);
    const { code, stderr } = await deploy();
    expect(code, stderr).to.equal(0);
    expect(stderr.match(/before \[secret\]/g)?.length).to.be.greaterThan(forms.length);
    expect(stderr).to.contain('printed');
  });

  it('are hidden when they come in two halves, and inside lines that are cut', async () => {
    const hooks = Object.entries(secrets)
      .filter(([, secret]) => !secret.includes('\n'))
      .map(([name, secret]) => {
        const half = Math.floor(Buffer.byteLength(secret) / 2);
        const bytes = Buffer.from(secret);
        const [one, two] = [join(world.folder, `${name}.1`), join(world.folder, `${name}.2`)];
        writeFileSync(one, bytes.subarray(0, half));
        writeFileSync(two, bytes.subarray(half));
        const long = leaky(`${name}.long`, `${'x'.repeat(65_530)}${secret}${'y'.repeat(65_520)}${secret}z\n`);
        return `cat ${one}; sleep 0.2; cat ${two}; echo; cat ${long}`;
      });
    world.configure({ extra: `    hooks: { prepare: ${JSON.stringify(hooks.join('; '))} }` });
    world.commit('halves');
    await run(['package']);
    const { code, stderr } = await deploy();
    expect(code, stderr.slice(-3000)).to.equal(0);
    expect(stderr).to.contain('xxx[secret]…').and.to.contain('…[secret]yyy');
  });

  it('are hidden in the words of a command that fails, also where those are cut', async () => {
    world.commit('fails');
    await run(['package']);
    for (const [name, secret] of Object.entries(secrets)) {
      for (const before of ['', 'z'.repeat(290)]) {
        const text = Object.values(formsOf(secret)).join(' ').replaceAll('\n', ' ');
        const said = leaky('said', `${before}${before ? secret.split('\n').at(-1) || 'end' : text}\n`);
        world.configure({ extra: `    hooks: { prepare: 'cat ${said} >&2; exit 3' }` });
        const { code, json } = await deploy();
        expect([code, json.errors[0].code], name).to.deep.equal([1, 'hook-failed']);
      }
    }
    world.configure({ extra: '' });
  });

  it('are hidden when the application answers with them', async () => {
    for (const value of [encodeURIComponent(plain.store), Buffer.from(plain.bound).toString('base64')]) {
      writeFileSync(join(world.repo, 'app.js'), appThatTells(value));
      execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@e', 'commit', '-qam', 'leaks'], {
        cwd: world.repo,
      });
      // What the repository holds is in the archive too: it is not we who put it there.
      await world.canopy(['package'], env);
      const { code, json } = await deploy();
      expect([code, json.outcome]).to.deep.equal([3, 'reverted']);
      expect(json.reasons[0]).to.contain('release [secret] answers');
    }
    expect(unescapeMonitor(written)).to.contain('release [secret] answers');
  });

  it("are not seen by check's commands, and hidden when they print them all the same", async () => {
    const all = leaky(
      'all',
      Object.values(secrets)
        .flatMap((secret) => Object.values(formsOf(secret)))
        .join('\n'),
    );
    const name = plain.token.replaceAll('&', '&amp;');
    writeFileSync(
      join(world.repo, 'check.sh'),
      `env > seen.txt
for name in CANOPY_STORE CANOPY_TOKEN CANOPY_SSH_KEY_FILE CANOPY_SSH_PASSPHRASE CANOPY_BOUND CANOPY_PARAMS DEPLOY_PASSWORD; do
  eval "echo \\"$name=\\\${$name:-}\\"" >> seen.txt
done
cat ${all}
mkdir -p reports
echo '<testsuite><testcase name="${name}"><failure/></testcase></testsuite>' > reports/a.xml
exit 1
`,
    );
    const { code, json } = await run(['check'], {
      CANOPY_PARAMS: '{}',
      BUILD_TAG: 'job',
      BUILD_URL: '',
      REDIS_URL: redis.url,
    });
    expect([code, json.outcome]).to.deep.equal([3, 'fail']);
    expect(JSON.stringify(json)).to.contain('[secret]');
    const seen = readFileSync(join(world.repo, 'seen.txt'), 'utf8');
    expect(leaksIn(seen, secrets)).to.deep.equal([]);
    expect(seen)
      .to.match(/^CANOPY_STORE=$/m)
      .and.to.match(/^DEPLOY_PASSWORD=$/m);
    // Not the key's path either, nor what holds a secret under another name.
    expect(seen).not.to.match(/locked_key|^OTHER_ADMIN|^REDIS_URL/m);
  });

  it('are hidden when they are given as parameters, and when the configuration is wrong', async () => {
    // Those that only canopy.yml names are not known yet when a call is read.
    for (const secret of [plain.store, plain.passphrase, plain.token, plain.bound]) {
      expect((await run(['deploy', '--environment', secret])).code).to.equal(2);
      expect((await deploy('--artifact', secret)).code).to.be.oneOf([1, 2]);
      expect((await run(['canary', 'weight', secret])).code).to.equal(2);
      expect(
        (
          await run(['rollback', '--environment', 'production'], {
            CANOPY_PARAMS: JSON.stringify({ to: secret }),
          })
        ).code,
      ).not.to.equal(0);
    }
    expect((await deploy('--config', plain.token)).code).to.equal(2);
    world.configure({ extra: '    keep: "${env:DEPLOY_PASSWORD}"\n    branch: ["${env:CANOPY_TOKEN}"]' });
    expect((await deploy()).code).to.equal(2);
    world.configure({ extra: '' });
  });

  it('are hidden in what is told of a store that does not let us in', async () => {
    for (const CANOPY_STORE of [
      redis.url.replace(/:[^:@]*@/, ':another-password@'),
      redis.url.replace('redis://', 'redis://user'),
      `redis://:${plain.store}@127.0.0.1:${redis.port}`,
      `redis://:${encodeURIComponent(plain.store)}@127.0.0.1:1/0`,
      `radish://:${encodeURIComponent(plain.store)}@nowhere`,
    ]) {
      const { code, stdout, stderr } = await run(['lock', 'show'], { CANOPY_STORE });
      expect(code, CANOPY_STORE).to.be.oneOf([0, 1, 2]);
      expect(stdout + stderr).not.to.contain('another-password');
    }
  });

  it('are hidden in a dry run and in what explain tells', async () => {
    world.configure({ extra: '    hooks: { prepare: "echo ${env:DEPLOY_PASSWORD}" }' });
    world.commit('dry');
    expect((await world.canopy(['package'], env)).code).to.equal(0);
    const dry = await deploy('--dry-run', '--verbose');
    expect(dry.code, dry.stderr).to.equal(0);
    expect(dry.stderr).to.contain('would run the prepare hook').and.to.contain('[secret]');
    const told = await world.begin(['explain', 'config'], env).ended;
    expect([told.code, leaksIn(told.stdout + told.stderr, secrets)]).to.deep.equal([0, []]);
    expect(told.stdout).to.contain('[secret]');
  });
});
