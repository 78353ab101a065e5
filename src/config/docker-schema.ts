/** The shape of `docker` in canopy.yml: what a container is made from, and how it is run. */
import * as v from 'valibot';
import { anyNumber, anyText, duration, object, oneOf, size, text } from './fields.ts';

const o = v.optional;
const words = v.array(v.pipe(text, v.regex(/^[^\0]*$/, 'must not hold a NUL character')));

/** A path in the artifact, relative. */
const inArtifact = v.pipe(
  text,
  v.check(
    (value) => !/^[/-]|[\0\n\r]/.test(value) && !value.split('/').includes('..'),
    'must be a path in the artifact: relative, without ..',
  ),
);

/** Without a tag: that is the release's id. A word with a port alone would be taken for a name with a tag. */
const repository = v.pipe(
  text,
  v.regex(
    /^(?:[a-z0-9.-]+(?::\d{1,5})?\/)?[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*$/,
    'must be the name of an image without a tag, like registry.example.org/shop: the tag is the release id',
  ),
);

const published = v.pipe(
  anyText('must be a text like "127.0.0.1:3000:3000"'),
  v.regex(
    /^(?:(?:\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-fA-F:]+\]):)?\d{1,5}:\d{1,5}(?:\/(?:tcp|udp))?$/,
    'must be a text like "127.0.0.1:3000:3000": address, port of the server, port of the container',
  ),
);

/** What would end an argument of docker's `--mount` is refused. */
const volume = v.pipe(
  text,
  v.regex(
    /^(?:shared\/[^\s:,"']+|\/[^\s:,"']*|[A-Za-z0-9][A-Za-z0-9_.-]+):\/[^\s:,"']+(?::ro)?$/,
    'must be SOURCE:/PATH or SOURCE:/PATH:ro, its source a path below shared/, an absolute path or the name of a volume',
  ),
  v.check((value) => !value.split(/[/:]/).includes('..'), 'must not hold ..'),
);

const switches = ['--init', '--no-healthcheck', '--read-only', '--security-opt=no-new-privileges'];
const valued = [
  ...['add-host', 'cap-drop', 'cpuset-cpus', 'dns', 'entrypoint', 'gpus', 'group-add', 'health-cmd'],
  ...['health-interval', 'health-retries', 'health-start-period', 'health-timeout', 'hostname'],
  ...['log-driver', 'log-opt', 'memory-reservation', 'memory-swap', 'oom-score-adj', 'pids-limit'],
  ...['shm-size', 'stop-signal', 'tmpfs', 'ulimit', 'workdir'],
].map((name) => `--${name}=`);

/** One word each, with its value in it: none can take the next word for its value, or mean one of docker's other options. */
const option = v.pipe(
  text,
  v.check(
    (value) => switches.includes(value) || valued.some((name) => value.startsWith(name)),
    `must be one of ${[...switches, ...valued].join(' ')} with its value`,
  ),
  v.regex(/^[^\0\n]*$/, 'must be one line'),
);

const keys = object({
  build: o(inArtifact),
  dockerfile: o(inArtifact),
  image: o(repository),
  load: o(inArtifact),
  ports: o(v.array(published)),
  volumes: o(v.array(volume)),
  network: o(v.pipe(text, v.regex(/^[A-Za-z0-9][A-Za-z0-9_.-]*$/, 'must be the name of a network'))),
  user: o(v.pipe(text, v.regex(/^[A-Za-z0-9_.-]+(?::[A-Za-z0-9_.-]+)?$/, 'must be USER or USER:GROUP'))),
  memory: o(v.pipe(size, v.minValue(6 * 1024 ** 2, 'must be 6MB or more'))),
  cpus: o(v.pipe(anyNumber('must be a number like 0.5'), v.minValue(0.01, 'must be 0.01 or more'))),
  stop: o(duration),
  restart: o(oneOf(['no', 'on-failure', 'unless-stopped'])),
  command: o(words),
  envFile: o(
    v.pipe(
      text,
      v.regex(/^shared\/[^\0\n]+$/, 'must be a file below shared/, like shared/.env'),
      v.check((value) => !value.split('/').includes('..'), 'must not hold ..'),
    ),
  ),
  options: o(v.array(option)),
});

/** One of them says where the image comes from. */
const origins = ['build', 'image', 'load'] as const;

export const docker = v.pipe(
  keys,
  v.check(
    (value) => origins.filter((key) => value[key] !== undefined).length <= 1,
    `must name one of ${origins.join(', ')}`,
  ),
  v.check(
    (value) => value.dockerfile === undefined || (value.image ?? value.load) === undefined,
    'must not name a dockerfile beside image or load',
  ),
);

export type RawDocker = v.InferOutput<typeof docker>;
