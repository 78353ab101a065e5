/** What a step's `run` gets: its parameters, the configuration, and ports that are opened when they are asked for. */
import type { Loaded } from '../../config/index.ts';
import type { Config } from '../../config/types.ts';
import type { Paint } from '../../shared/text/line.ts';
import type { Opener } from '../../opener.ts';
import type { Log } from '../../ports/ports.ts';
import type { Secret } from '../../shared/secret.ts';
import type { Params, Values } from './params.ts';

/** Who does it: a Jenkins build or a user. */
export interface RunActor {
  readonly name: string;
  /** The build's address, or empty. */
  readonly url: string;
  /** The build, or this very process: no two runs have the same. */
  readonly run: string;
}

export interface Kit<P extends Params = Params> {
  readonly params: Values<P>;
  readonly dryRun: boolean;
  /** The configuration, read once; throws every problem of the sections that the step uses. */
  config(): Promise<Config>;
  /** Reads it again, for services that take up changes while they run. */
  reread(): Promise<Config>;
  /** The same with what is missing in it, for steps that only tell. */
  loaded(): Promise<Loaded>;
  readonly open: Opener;
  readonly log: Log;
  /** For the text of the result. */
  readonly paint: Paint;
  /** Of the terminal, in characters; what is no terminal is 80 wide. */
  readonly width: number;
  /** Aborted by the first SIGTERM or SIGINT: come to a safe state and return `aborted`. */
  readonly signal: AbortSignal;
  readonly actor: RunActor;
  readonly cwd: string;
  /** A variable of the environment, with every secret in it masked: what a manifest or a log may hold. */
  env(name: string): string | undefined;
  /** A secret that the step declares, from the environment or the file that its variable names. */
  secret(name: string): Secret | null;
}
