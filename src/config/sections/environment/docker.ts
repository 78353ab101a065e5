/** `docker`: what a container is made from, and how it is run. */
import * as v from 'valibot';
import { isPort } from '../../fields/address.ts';
import { anyNumber, anyText, list, oneOf, size, text } from '../../fields/fields.ts';
import { wrongDockerOption } from '../../fields/docker-option.ts';
import { key, lasts, section, type SectionOf, type WrittenOf } from '../../fields/section.ts';

const words = list(v.pipe(text, v.regex(/^[^\0]*$/, 'must not hold a NUL character')));

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
  v.check(
    (value) => (/(\d+):(\d+)(?:\/|$)/.exec(value)?.slice(1) ?? []).every((port) => isPort(port, 1)),
    'must have ports from 1 to 65535, like "127.0.0.1:3000:3000"',
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

const option = v.pipe(
  text,
  v.check(
    (value) => wrongDockerOption(value) === null,
    ({ input }) => wrongDockerOption(input) ?? '',
  ),
);

const keys = section({
  build: key(inArtifact, '.'),
  dockerfile: key(inArtifact, null),
  image: key(repository, null),
  load: key(inArtifact, null),
  /** `127.0.0.1:3000:3000` */
  ports: key(list(published), []),
  volumes: key(list(volume), []),
  network: key(v.pipe(text, v.regex(/^[A-Za-z0-9][A-Za-z0-9_.-]*$/, 'must be the name of a network')), null),
  user: key(
    v.pipe(text, v.regex(/^[A-Za-z0-9_.-]+(?::[A-Za-z0-9_.-]+)?$/, 'must be USER or USER:GROUP')),
    null,
  ),
  /** Bytes; null: no limit. */
  memory: key(v.pipe(size, v.minValue(6 * 1024 ** 2, 'must be 6MB or more')), null),
  cpus: key(v.pipe(anyNumber('must be a number like 0.5'), v.minValue(0.01, 'must be 0.01 or more')), null),
  /** Between asking it to end and killing it. */
  stop: lasts(10_000),
  restart: key(oneOf(['no', 'on-failure', 'unless-stopped']), 'unless-stopped'),
  /** Words; none: what the image says. */
  command: key(words, []),
  /** `shared/.env`: a file below the environment's path, in docker's own form. */
  envFile: key(
    v.pipe(
      text,
      v.regex(/^shared\/[^\0\n]+$/, 'must be a file below shared/, like shared/.env'),
      v.check((value) => !value.split('/').includes('..'), 'must not hold ..'),
    ),
    null,
  ),
  options: key(list(option), []),
});

/** One of them says where the image comes from. */
const origins = ['build', 'image', 'load'] as const;

export const docker = v.pipe(
  keys.schema,
  v.check(
    (value) => origins.filter((name) => value[name] !== undefined).length <= 1,
    `must name one of ${origins.join(', ')}`,
  ),
  v.check(
    (value) => value.dockerfile === undefined || (value.image ?? value.load) === undefined,
    'must not name a dockerfile beside image or load',
  ),
);

/** Where the image of a release comes from. */
export type DockerImage =
  /** Paths in the artifact. */
  | { readonly kind: 'build'; readonly folder: string; readonly dockerfile: string }
  /** Pulled with the release's id as its tag. */
  | { readonly kind: 'pull'; readonly repository: string }
  /** What `docker save` has written, in the artifact. */
  | { readonly kind: 'load'; readonly file: string };

export interface DockerVolume {
  readonly kind: 'bind' | 'volume';
  /** An absolute path of the server, or the name of a volume. */
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
  /** The source as a name below shared/; null when it is none. */
  readonly below: string | null;
}

type DockerKeys = SectionOf<typeof keys>;

/** The container of an instance. */
export interface Docker extends Omit<DockerKeys, 'build' | 'dockerfile' | 'image' | 'load' | 'volumes'> {
  /** Its name, and that of its images: `canopy-<app>-<instance>`. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly image: DockerImage;
  readonly volumes: readonly DockerVolume[];
}

interface ContainerOwner {
  readonly name: string;
  readonly driver: string | null;
  readonly path: string;
  readonly docker: WrittenOf<typeof keys> | null;
}

/** Null for an instance that is no container. */
export function buildDocker(of: ContainerOwner, app: string, environment: string): Docker | null {
  if (of.docker === null && of.driver !== 'docker') return null;
  const { build, dockerfile, image, load, volumes, ...found } = keys.fill(of.docker ?? {});
  return {
    name: `canopy-${app}-${of.name}`,
    labels: {
      'canopy.app': app,
      'canopy.environment': environment,
      'canopy.instance': of.name,
      'canopy.path': of.path,
    },
    image: imageOf({ build, dockerfile, image, load }),
    ...found,
    volumes: volumes.map((text) => volumeOf(text, of.path)),
  };
}

function imageOf({
  build,
  dockerfile,
  image,
  load,
}: Pick<DockerKeys, 'build' | 'dockerfile' | 'image' | 'load'>): DockerImage {
  if (image !== null) return { kind: 'pull', repository: image };
  if (load !== null) return { kind: 'load', file: load };
  return { kind: 'build', folder: build, dockerfile: dockerfile ?? `${build}/Dockerfile` };
}

function volumeOf(text: string, path: string): DockerVolume {
  const [source = '', target = '', mode] = text.split(':');
  const below = source.startsWith('shared/') ? source.slice('shared/'.length).replace(/\/+$/, '') : null;
  return {
    kind: source.includes('/') ? 'bind' : 'volume',
    source: below === null ? source : `${path}/shared/${below}`,
    target,
    readOnly: mode === 'ro',
    below,
  };
}
