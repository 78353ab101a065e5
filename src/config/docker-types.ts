/** What a `docker` section means once everything is worked in. */
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

/** The container of an instance. */
export interface Docker {
  /** Its name, and that of its images: `canopy-<app>-<instance>`. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly image: DockerImage;
  /** `127.0.0.1:3000:3000` */
  readonly ports: readonly string[];
  readonly volumes: readonly DockerVolume[];
  readonly network: string | null;
  readonly user: string | null;
  /** Bytes; null: no limit. */
  readonly memory: number | null;
  readonly cpus: number | null;
  /** Between asking it to end and killing it. */
  readonly stopMs: number;
  readonly restart: 'no' | 'on-failure' | 'unless-stopped';
  /** Words; none: what the image says. */
  readonly command: readonly string[];
  /** `shared/.env`: a file below the environment's path, in docker's own form. */
  readonly envFile: string | null;
  readonly options: readonly string[];
}
