/** The first canopy.yml and Jenkinsfile of a project, from a few answers. Pure. */
import type { ProjectAnswers } from './project.ts';

export interface Answers extends ProjectAnswers {
  readonly app: string;
  /** SSH addresses: `deploy@10.0.0.11`. */
  readonly hosts: readonly string[];
  readonly path: string;
  /** The systemd unit that runs the application. */
  readonly unit: string;
  /** The port on which an instance answers. */
  readonly port: number;
  readonly health: string;
}

export function canopyYml(answers: Answers): string {
  const { app, hosts, path, unit, port, health } = answers;
  const instances = hosts.map(
    (host, at) =>
      `      - { name: web-${at + 1}, host: ${text(host)}, url: ${text(`http://${addressOf(host)}:${port}`)} }`,
  );
  return `# Progressive delivery for ${app}. Every key: resources/defaults.yml. Check this file: canopy explain config
app: ${app}
store: \${env:CANOPY_STORE:-redis://127.0.0.1:6379/0}   # locks, traffic, flags

${artifactOf(answers)}

ssh:
  knownHosts: ~/.ssh/known_hosts           # host keys are checked strictly: canopy init --scan prints them to compare
  key: \${env:CANOPY_SSH_KEY_FILE:-}        # else the agent, else the default identities

environments:
  production:
    branch: release
    path: ${text(path)}                    # releases/, current and shared/ live below it
    service: { systemd: ${text(unit)} }             # its unit runs from ${path}/current; canopy explain sudo prints the rules it needs
    instances:
${instances.join('\n')}
    health:
      path: ${text(health)}
      within: 30s
      release: x-release                   # the header with which your application tells $CANOPY_RELEASE: proves which release answers
    rollout: { batch: 1, healthyFor: 10s, drain: 30s, onFailure: revert }

# A canary needs an instance of its own and the router in front:
#  canary: { extends: production, branch: dev, instances: [{ name: canary-1, host: deploy@10.0.0.21, url: http://10.0.0.21:${port} }] }
#
# traffic:
#   balancer: router                       # canopy router, in front of the instances
#   listen: 0.0.0.0:8080
#   stable: production
#   canary: canary
#   weight: 33%
`;
}

function artifactOf({ build, tests, files }: ProjectAnswers): string {
  const list = (words: readonly string[]): string => `[${words.map(text).join(', ')}]`;
  const lines = [
    'artifact:',
    build.length > 0
      ? `  build: ${list(build)}          # runs on the agent, once`
      : '#  build: [make]                        # runs on the agent, once',
    `  files: ${list(files)}             # what is sent to the servers; "!PATH" leaves one out`,
    '',
  ];
  const report = 'report: reports/*.xml, minPassRate: 100%';
  return [
    ...lines,
    ...(tests === null
      ? [
          `# checks:                                # JUnit reports decide whether a commit may be deployed`,
          `#  tests: { run: make test, ${report} }`,
        ]
      : ['checks:', `  tests: { run: ${tests}, ${report} }   # JUnit reports`]),
  ].join('\n');
}

export const jenkinsfile =
  (): string => `@Library('canopy') _   // credentials: make canopy-ssh (SSH key) and canopy-store (Redis URL) in Jenkins
canopyPipeline(environments: [release: 'production'],
               credentials: [CANOPY_SSH_KEY_FILE: 'canopy-ssh', CANOPY_STORE: 'canopy-store'])
`;

/** What `--scan` prints: fingerprints to compare, then the lines to copy. */
export function scanText(scanned: Scan): string {
  const { keys, failed } = scanned;
  const width = Math.max(0, ...keys.map((key) => key.name.length));
  return [
    ...(keys.length > 0
      ? ['Compare each with the server (there: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub):', '']
      : []),
    ...keys.map((key) => `  ${key.name.padEnd(width)}  ${key.fingerprint}  ${key.type}`),
    ...(keys.length > 0
      ? [
          '',
          'When they agree, put these lines into ~/.ssh/known_hosts, or into ssh.hostKeys of canopy.yml:',
          '',
        ]
      : []),
    ...keys.map((key) => key.line),
    ...failed.map(({ host, reason }) => `${host} showed no key: ${reason}`),
  ].join('\n');
}

interface Scan {
  readonly keys: readonly {
    readonly name: string;
    readonly type: string;
    readonly fingerprint: string;
    readonly line: string;
  }[];
  readonly failed: readonly { readonly host: string; readonly reason: string }[];
}

/** The name or address in `user@host:port`. */
function addressOf(host: string): string {
  const bare = host.replace(/^[^@]*@/, '');
  return /^\[.*\]/.exec(bare)?.[0] ?? bare.replace(/:\d+$/, '');
}

/** A word of YAML, quoted when it could mean something else. */
const text = (value: string): string =>
  /^[A-Za-z0-9_/.][A-Za-z0-9_/.@=-]*( [A-Za-z0-9_/.@=-]+)*$/.test(value) ? value : JSON.stringify(value);
