// npm test: set-up, build, then the whole suite, those that start daemons included, several files at once (`--lanes N`).
// `npm test -- PATH …` runs some, one after the other. The last line is `N passed, N failed`, and the exit code 1 when any failed.
import { apart, seconds } from '../test/rules/lanes.js';
import { red, say } from './support/console.mjs';
import { staleFiles } from './support/generated.mjs';
import { lanesOf, runLanes, testFiles } from './support/lanes.mjs';
import { hasBusAndPam, runsAlone } from './support/fits.mjs';
import { runMocha } from './support/mocha.mjs';
import { queueOf } from './support/queue.mjs';
import { makeRunFolder } from './support/run-folder.mjs';
import { summary } from './support/summary.mjs';
import { setUp, setupOptions } from './setup.mjs';

const programs = [
  { program: 'redis-server', apt: 'redis-server' },
  { program: 'sshd', apt: 'openssh-server' },
  { program: 'ssh-keygen', apt: 'openssh-client' },
  { program: 'openssl', apt: 'openssl' },
  { program: 'git', apt: 'git' },
  { program: 'haproxy', apt: 'haproxy' },
  { program: 'prometheus', apt: 'prometheus' },
  // Hosts with a real systemd: test/support/hosts/nspawn.ts.
  {
    program: 'systemd-nspawn',
    apt: ['systemd-container', 'dbus', 'libpam-systemd'],
    fits: hasBusAndPam,
    what: 'systemd-nspawn with dbus and libpam-systemd',
  },
  // A client alone may be there; a server with containers needs the engine, its firewall and a registry: test/support/hosts/dockerd.ts.
  { program: 'dockerd', apt: 'docker.io' },
  { program: 'docker', apt: 'docker.io' },
  { program: 'iptables', apt: 'iptables' },
  { program: 'docker-registry', apt: 'docker-registry' },
  { program: 'sudo', apt: 'sudo' },
  { program: 'ip', apt: 'iproute2' },
  { program: 'ps', apt: 'procps' },
  {
    program: 'busybox',
    apt: 'busybox-static',
    fits: runsAlone,
    what: 'a static busybox',
    replaces: 'busybox',
  },
  // Login shells of servers.
  { program: 'fish', apt: 'fish' },
  { program: 'zsh', apt: 'zsh' },
  { program: 'tcsh', apt: 'tcsh' },
  { program: 'ksh', apt: 'ksh' },
  // Servers that open no connection for us are asked by these.
  { program: 'curl', apt: 'curl' },
  { program: 'wget', apt: 'wget' },
  { program: 'python3', apt: 'python3' },
  { program: 'socat', apt: 'socat' },
  { program: 'javac', apt: 'default-jdk-headless' },
  { program: 'mvn', apt: 'maven' },
];

// Whatever ends this early (a build that fails) is a failure in the same words.
let told = false;
process.on('exit', (code) => {
  if (!told && code === 1) say('0 passed, 1 failed');
});

const options = setupOptions(process.argv.slice(2));
const { lanes, paths } = lanesOf(options.rest);
await setUp(options, programs);
makeRunFolder();

const stale = paths.length === 0 ? await staleFiles() : null;
if (stale !== null) console.error(red(stale));

const files = (paths.length === 0 ? ['test'] : paths).flatMap(testFiles);
const counts =
  lanes === 1 ? await runMocha(files) : await runLanes(queueOf(files, { seconds, apart }), { lanes });
say(summary(counts));
if (stale !== null) console.error(red(stale));
const failed = counts.failed + (stale === null ? 0 : 1);
told = true;
say(`${counts.passed} passed, ${failed} failed${counts.skipped > 0 ? `, ${counts.skipped} skipped` : ''}`);
process.exit(failed > 0 || counts.passed === 0 ? 1 : 0);
