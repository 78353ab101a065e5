/** The shape of canopy.yml. Rules that cross keys stand in rules.ts, meaning and defaults in build.ts. */
import * as v from 'valibot';
import { analysis } from './analysis-schema.ts';
import { balancer } from './balancer-schema.ts';
import { docker } from './docker-schema.ts';
import { gates } from './gates-schema.ts';
import { hardening } from './limits-schema.ts';
import { overrideHeader, sticky } from './sticky-schema.ts';
import { workers } from './workers-schema.ts';
import {
  address,
  anyText,
  count,
  duration,
  flag,
  lines,
  object,
  oneOf,
  percent,
  port,
  serverPath,
  share,
  shares,
  sharedPath,
  text,
  texts,
  typed,
  url,
  variables,
  wanted,
  weight,
} from './fields.ts';

const o = v.optional;
const name = v.pipe(
  text,
  v.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, 'must be a name of letters, digits, . _ and -'),
);

const service = object({
  systemd: o(name),
  'user-systemd': o(name),
  start: o(lines),
  stop: o(lines),
  status: o(lines),
  log: o(text),
});
const health = object({
  path: o(v.pipe(text, v.startsWith('/', 'must begin with /'))),
  status: o(count),
  tcp: o(port),
  command: o(lines),
  running: o(duration),
  within: o(duration),
  every: o(duration),
  rise: o(v.pipe(count, v.minValue(1, 'must be 1 or more'))),
  release: o(
    v.pipe(
      text,
      v.regex(/^(\/.*|[A-Za-z0-9-]+)$/, 'must be the name of a header, or a JSON pointer like /release'),
    ),
  ),
  from: o(oneOf(['instance', 'agent'])),
});

/** Keys that an environment has for all its instances, and an instance may have for itself. */
const perInstance = {
  driver: o(oneOf(['ssh', 'local', 'docker'])),
  path: o(serverPath),
  shared: o(v.array(sharedPath)),
  keep: o(v.pipe(count, v.minValue(1, 'must be 1 or more'))),
  service: o(service),
  docker: o(docker),
  env: o(variables),
  capacity: o(v.pipe(count, v.minValue(1, 'must be 1 or more'))),
  health: o(health),
};
const instance = object({ ...perInstance, name, host: o(text), url: o(url), tags: o(v.array(text)) });
const instanceList: v.GenericSchema<unknown, v.InferOutput<typeof instance>[] | { file: string }> = v.array(
  instance,
  'must be a list of instances, or { file: PATH }',
);
const instanceFile: v.GenericSchema<unknown, v.InferOutput<typeof instance>[] | { file: string }> = object({
  file: text,
});
const hook = v.union(
  [
    v.pipe(
      lines,
      v.transform((run) => ({ run, on: undefined, timeout: undefined })),
    ),
    object({ run: lines, on: o(oneOf(['instance', 'agent'])), timeout: o(duration) }),
  ],
  'must be a command, or { run, on, timeout }',
);

const environment = object({
  ...perInstance,
  extends: o(text),
  branch: o(text),
  // Chosen by the form that was written, so that every problem inside is told with its own path.
  instances: o(v.lazy((input) => (isMapping(input) ? instanceFile : instanceList))),
  rollout: o(
    object({
      strategy: o(oneOf(['rolling', 'blue-green', 'all-at-once'])),
      batch: o(shares),
      groups: o(v.tuple([name, name], 'must be the tags of two groups, like [blue, green]')),
      keepWarm: o(duration),
      maxUnavailable: o(share),
      healthyFor: o(duration),
      pause: o(duration),
      drain: o(duration),
      deadline: o(duration),
      maxFailures: o(count),
      onFailure: o(oneOf(['revert', 'freeze', 'continue'])),
      maxLost: o(count),
      margin: o(percent),
      capacityWait: o(duration),
    }),
  ),
  hooks: o(object({ prepare: o(hook), once: o(hook), after: o(hook), failure: o(hook) })),
  lock: o(object({ lease: o(duration), wait: o(duration) })),
});

const sentinel = object({
  sentinels: v.pipe(v.array(address), v.minLength(1, 'names no sentinel')),
  name: text,
  password: o(text),
  requireAuth: o(flag),
});
const store = v.union(
  [text, object({ url: text, requireAuth: o(flag) }), sentinel],
  'must be a redis:// or rediss:// URL, { url, requireAuth } or { sentinels, name }',
);

export const schema = object({
  app: v.pipe(
    typed(wanted('a text')),
    v.regex(
      /^[a-z][a-z0-9-]{0,30}$/,
      'must be small letters, digits and -, at most 31, and begin with a letter',
    ),
  ),
  store: o(store),
  artifact: o(
    object({
      build: o(lines),
      files: v.pipe(v.array(text), v.minLength(1, 'names no file')),
      irreversible: o(flag),
      immutable: o(flag),
    }),
  ),
  checks: o(
    object({
      tests: o(object({ run: o(lines), report: texts, minPassRate: o(percent), maxSkipped: o(count) })),
      coverage: o(
        object({
          run: o(lines),
          report: texts,
          lines: o(percent),
          branches: o(percent),
          functions: o(percent),
          statements: o(percent),
        }),
      ),
      lint: o(object({ run: o(lines), report: texts, maxErrors: o(count), maxWarnings: o(count) })),
    }),
  ),
  ssh: o(
    object({
      knownHosts: o(texts),
      hostKeys: o(v.array(text)),
      acceptNew: o(flag),
      key: o(anyText()),
      config: o(text),
      connectTimeout: o(duration),
      keepAlive: o(duration),
      concurrency: o(v.pipe(count, v.minValue(1, 'must be 1 or more'))),
    }),
  ),
  environments: o(v.record(name, environment)),
  traffic: o(
    object({
      balancer: o(balancer),
      listen: o(address),
      admin: o(object({ listen: o(address), token: o(anyText()), alertToken: o(anyText()) })),
      stateDir: o(text),
      trustedProxies: o(v.array(text)),
      stable: text,
      canary: o(text),
      url: o(url),
      probe: o(object({ path: o(v.pipe(text, v.startsWith('/', 'must begin with /'))), every: o(duration) })),
      weight: o(weight),
      sticky: o(sticky),
      header: o(overrideHeader),
      health: o(
        object({ path: o(text), every: o(duration), timeout: o(duration), rise: o(count), fall: o(count) }),
      ),
      revert: o(
        object({
          errorRate: o(percent),
          window: o(duration),
          minRequests: o(count),
          resume: o(oneOf(['auto', 'manual'])),
          after: o(duration),
          maxAfter: o(duration),
        }),
      ),
      workers: o(workers),
      ...hardening,
    }),
  ),
  canary: o(
    object({
      steps: o(v.array(object({ weight, for: duration }))),
      analysis: o(analysis),
      gates: o(gates),
    }),
  ),
  flags: o(object({ file: o(text) })),
});

export type RawConfig = v.InferOutput<typeof schema>;
export type RawEnvironment = v.InferOutput<typeof environment>;
export type RawInstance = v.InferOutput<typeof instance>;
export type RawHealth = v.InferOutput<typeof health>;
export type RawHook = v.InferOutput<typeof hook>;
export const instancesOf = v.array(instance);

const isMapping = (input: unknown): boolean =>
  input !== null && typeof input === 'object' && !Array.isArray(input);
