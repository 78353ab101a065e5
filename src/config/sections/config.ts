/** canopy.yml as a whole: its sections, and what they mean once defaults, `extends` and overrides are worked in. */
import * as v from 'valibot';
import { mapping, object, name, text, typed, wanted } from '../fields/fields.ts';
import { key, section, type SectionOf } from '../fields/section.ts';
import { artifact, type ArtifactConfig } from './artifact.ts';
import { buildCanary, canary, type CanaryConfig } from './canary/canary.ts';
import { checks, type ChecksConfig } from './checks.ts';
import {
  buildEnvironment,
  environment,
  type Environment,
  type WrittenInstance,
} from './environment/environment.ts';
import { buildSsh, ssh, type SshConfig } from './ssh.ts';
import { buildStore, store, type StoreConfig } from './store/store.ts';
import type { OperateConfig } from './operate.ts';
import { buildTraffic, traffic, type TrafficConfig } from './traffic/traffic.ts';

const o = v.optional;
const flags = section({ file: key(text, null) });

/** The shape of the file, but for the sections of operate.ts. */
export const schema = object({
  app: v.pipe(
    typed(wanted('a text')),
    v.regex(
      /^[a-z][a-z0-9-]{0,30}$/,
      'must be small letters, digits and -, at most 31, and begin with a letter',
    ),
  ),
  store: o(store),
  artifact: o(artifact.schema),
  checks: o(checks.schema),
  ssh: o(ssh.schema),
  environments: o(mapping(name, environment)),
  traffic: o(traffic.schema),
  canary: o(canary),
  flags: o(flags.schema),
});

/** What the file means. */
export interface Config extends OperateConfig {
  /** Absolute path of the canopy.yml, and its folder. */
  readonly file: string;
  readonly folder: string;
  readonly app: string;
  readonly store: StoreConfig;
  readonly artifact: ArtifactConfig;
  readonly checks: ChecksConfig;
  readonly ssh: SshConfig;
  readonly environments: Readonly<Record<string, Environment>>;
  readonly traffic: TrafficConfig | null;
  readonly canary: CanaryConfig;
  readonly flags: SectionOf<typeof flags>;
}

export interface BuildContext {
  readonly file: string;
  readonly folder: string;
  readonly home: string;
  /** CANOPY_STORE and CANOPY_SSH_KEY_FILE count where canopy.yml says nothing. */
  readonly env: { readonly store: string | null; readonly key: string | null };
  /** $XDG_STATE_HOME, or null. */
  readonly stateHome: string | null;
  /** Those of an environment, with what they take over from it. */
  readonly instances: (environment: string) => readonly WrittenInstance[];
}

/** What a file means that has none of those sections. */
const noOperate: OperateConfig = {
  ...{ watch: null, people: {}, groups: {}, escalation: {}, notify: null },
  messages: { mail: null, twilio: null, webhooks: {} },
};

const buildEnvironments = ({ app, environments = {} }: v.InferOutput<typeof schema>, at: BuildContext) =>
  Object.fromEntries(
    Object.entries(environments).map(([of, one]) => [
      of,
      buildEnvironment(one, { name: of, app, instances: at.instances(of) }),
    ]),
  );

export function build(
  written: v.InferOutput<typeof schema>,
  at: BuildContext,
  operate: OperateConfig = noOperate,
): Config {
  const { app } = written;
  return {
    file: at.file,
    folder: at.folder,
    app,
    store: buildStore(written.store ?? at.env.store ?? undefined),
    artifact: artifact.fill(written.artifact ?? { files: [] }),
    checks: checks.fill(written.checks ?? {}),
    ssh: buildSsh(written.ssh ?? {}, { home: at.home, keyFile: at.env.key }),
    environments: buildEnvironments(written, at),
    traffic: written.traffic ? buildTraffic(written.traffic, app, at) : null,
    canary: buildCanary(written.canary ?? {}),
    flags: flags.fill(written.flags ?? {}),
    ...operate,
  };
}
