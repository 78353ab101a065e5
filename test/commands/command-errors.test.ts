import { expect } from 'chai';
import { explainFailure } from '../../src/commands/command-errors.ts';

const at = { path: '/srv/shop', user: 'deploy' };
const why = (code: number, stderr: string, stdout = ''): string => {
  const error = explainFailure('web-1', 'unpack', { code, stdout, stderr }, at);
  return `${error.code} ${error.exit} ${error.message}`;
};

describe('why a remote command failed', () => {
  const cases: [string, string, string][] = [
    [
      'a stale token',
      why(75, 'canopy: stale token 3 < 7\n'),
      'lock-stale 4 web-1 refused a command of this run: its token 3 is older than 7',
    ],
    ['the same words with another code', why(1, 'canopy: stale token 3 < 7\n'), 'remote-failed 1 '],
    [
      'code 75 of the body',
      why(75, 'mail: try later\n'),
      'remote-failed 1 web-1: exit code 75 (unpack): mail: try later',
    ],
    [
      'words of the fence in the midst',
      why(75, 'canopy: stale token 3 < 7\nbut it is not\n'),
      'remote-failed 1 ',
    ],
    [
      'a busy lock',
      why(76, 'canopy: lock busy after 60 s: /srv/shop/.canopy/lock\n'),
      'host-busy 4 web-1: another command of Canopy holds /srv/shop/.canopy/lock',
    ],
    [
      'a token that is none',
      why(78, 'canopy: unreadable token: /srv/shop/.canopy/token\n'),
      'token-unreadable 1 web-1: /srv/shop/.canopy/token holds no number',
    ],
    [
      'a full disk',
      why(2, 'tar: a: Cannot write: No space left on device\ntar: b\ntar: c\ntar: d\ntar: exiting\n'),
      'remote-disk-full 1 web-1: no space left on /srv/shop',
    ],
    ['a quota', why(1, 'cp: x: Disk quota exceeded\n'), 'remote-disk-full 1 '],
    [
      'a right that is missing',
      why(1, "mkdir: cannot create directory '/srv/shop': Permission denied\n"),
      "remote-permission 1 web-1: permission denied (unpack): mkdir: cannot create directory '/srv/shop'",
    ],
    [
      'sudo that asks',
      why(1, 'sudo: a password is required\n'),
      'remote-permission 1 web-1: sudo asks for a password',
    ],
    [
      'a path that is missing',
      why(2, "sh: 1: cd: can't cd to /x: No such file or directory\n"),
      'remote-missing 1 ',
    ],
    [
      'a program that is missing',
      why(127, 'sh: 1: frob: not found\n'),
      'remote-missing 1 web-1: a program is missing (unpack): sh: 1: frob: not found',
    ],
    [
      'words long before the cause',
      why(1, 'rm: x: No such file or directory\na\nb\nthe cause\n'),
      'remote-failed 1 web-1: exit code 1 (unpack): the cause',
    ],
    [
      'only standard output',
      why(3, '', 'the last\n'),
      'remote-failed 1 web-1: exit code 3 (unpack): the last',
    ],
    ['a signal', why(137, ''), 'remote-failed 1 web-1: exit code 137 (unpack): ended by signal 9'],
    ['nothing', why(1, ''), 'remote-failed 1 web-1: exit code 1 (unpack): it printed nothing'],
  ];
  for (const [name, got, wanted] of cases) it(name, () => expect(got).to.include(wanted));
});

describe('what docker says, as an error', () => {
  // As docker 20.10 and 28 print it.
  const socket = 'unix:///var/run/docker.sock';
  const cases: [string, string, string, string, RegExp][] = [
    [
      'a build that failed, with its last lines',
      'Step 2/2 : RUN make\nmake: no rule\nThe command returned a non-zero code: 2\n',
      'canopy: no image: docker build failed with code 2',
      'docker-image',
      /docker build failed with code 2:\n {2}Step 2\/2 : RUN make\n {2}make: no rule\n/,
    ],
    [
      'an engine that went away',
      `Cannot connect to the Docker daemon at ${socket}. Is the docker daemon running?\n`,
      'canopy: no image: docker build failed with code 1',
      'docker-away',
      /does not answer: Cannot connect/,
    ],
    [
      'an engine that is away',
      '',
      `Cannot connect to the Docker daemon at ${socket}. Is the docker daemon running?`,
      'docker-away',
      /answer/,
    ],
    [
      'a socket without right',
      '',
      `permission denied while trying to connect to the Docker daemon socket at ${socket}: Get "http": dial unix: connect: permission denied`,
      'docker-denied',
      /may not use/,
    ],
    ['no program', '', 'sh: 3: docker: not found', 'docker-missing', /no program docker/],
    [
      'a port that is taken, not the line below it',
      '',
      'Error response from daemon: driver failed programming external connectivity: port is already allocated\nError: failed to start containers: x',
      'docker-refused',
      /port is already allocated/,
    ],
    [
      'a container of another',
      '',
      'canopy: container of another: canopy-shop-a /srv/b',
      'docker-foreign',
      /canopy-shop-a that belongs to \/srv\/b/,
    ],
    [
      'what is not of docker',
      'Error response from daemon: x',
      'permission denied',
      'remote-permission',
      /denied/,
    ],
  ];
  for (const [what, stdout, stderr, code, words] of cases)
    it(what, () => {
      const error = explainFailure('web-1', 'work', { code: 1, stdout, stderr: `${stderr}\n` }, at);
      expect([error.code, error.message]).to.satisfy(
        ([found, message]: [string, string]) => found === code && words.test(message),
        `${error.code}: ${error.message}`,
      );
    });

  const advice: [string, RegExp][] = [
    [
      'mkdir: /srv/shop: Permission denied',
      /sudo chown -R deploy \/srv\/shop\/.canopy \/srv\/shop\/releases; sudo chown deploy \/srv\/shop \/srv\/shop\/shared/,
    ],
    [
      'chown: x: Operation not permitted',
      /sudo chown -R deploy \/srv\/shop\/.canopy \/srv\/shop\/releases; sudo chown deploy \/srv\/shop \/srv\/shop\/shared/,
    ],
    ['touch: x: Read-only file system', /dmesg/],
    ['sudo: a password is required', /^canopy explain sudo/],
    ['sh: 1: frob: not found', /PATH of deploy/],
    ['cat: x: No such file or directory', /owned by deploy/],
  ];
  for (const [line, hint] of advice)
    it(`helps against that, and not against something else: ${line}`, () => {
      const error = explainFailure('web-1', 'unpack', { code: 1, stdout: '', stderr: line }, at);
      expect(error.problems[0]?.hint).to.match(hint);
    });

  it('a mount that starts no program', () => {
    const on = (code: number, stderr: string): string =>
      explainFailure('web-1', 'start', { code, stdout: '', stderr }, { ...at, noexec: '/srv' }).message;
    expect(on(126, 'sh: 1: ./serve: Permission denied\n')).to.equal(
      'web-1: /srv is mounted noexec: no program that lies there can be started (start): sh: 1: ./serve: Permission denied',
    );
    // What may not be written has another reason.
    expect(on(2, 'sh: 1: cannot create log: Permission denied\n')).to.match(/^web-1: permission denied \(/);
    expect(on(126, 'sh: 1: x: is a directory\n')).not.to.contain('noexec');
  });
});
