// npm test: set-up, build, then the whole suite, those that start daemons included, one after the other.
// `npm test -- PATH …` runs some files. The last line is `N passed, N failed`, and the exit code 1 when any failed.
import { red, say } from './support/console.mjs';
import { staleFiles } from './support/generated.mjs';
import { runMocha } from './support/mocha.mjs';
import { setUp, setupOptions } from './setup.mjs';

const programs = [
  { program: 'redis-server', apt: 'redis-server' },
  { program: 'sshd', apt: 'openssh-server' },
  { program: 'ssh-keygen', apt: 'openssh-client' },
  { program: 'git', apt: 'git' },
  { program: 'haproxy', apt: 'haproxy' },
  { program: 'prometheus', apt: 'prometheus' },
  // Hosts with a real systemd: test/support/nspawn.ts.
  { program: 'systemd-nspawn', apt: ['systemd-container', 'dbus', 'libpam-systemd'] },
  // A client alone may be there; a server with containers needs the engine, its firewall and a registry: test/support/dockerd.ts.
  { program: 'dockerd', apt: ['docker.io', 'iptables'] },
  { program: 'docker-registry', apt: 'docker-registry' },
  { program: 'sudo', apt: 'sudo' },
  { program: 'ip', apt: 'iproute2' },
  { program: 'ps', apt: 'procps' },
  { program: 'busybox', apt: 'busybox-static' },
  { program: 'javac', apt: 'default-jdk-headless' },
  { program: 'mvn', apt: 'maven' },
];

// Whatever ends this early (a build that fails) is a failure in the same words.
let told = false;
process.on('exit', (code) => {
  if (!told && code === 1) say('0 passed, 1 failed');
});

const options = setupOptions(process.argv.slice(2));
await setUp(options, programs);

const everything = options.rest.length === 0;
const stale = everything ? await staleFiles() : null;
if (stale !== null) console.error(red(stale));

const counts = await runMocha(everything ? ['test/**/*.test.ts'] : options.rest);
if (stale !== null) console.error(red(stale));
const failed = counts.failed + (stale === null ? 0 : 1);
told = true;
say(`${counts.passed} passed, ${failed} failed${counts.skipped > 0 ? `, ${counts.skipped} skipped` : ''}`);
process.exit(failed > 0 || counts.passed === 0 ? 1 : 0);
