/** What an instance runs in: how a release comes there, is started, stopped, asked and thrown away, as commands. */
import type { Lines, Service } from '../../config/types.ts';
import type { Command } from '../core/command.ts';
import type { Received, ReleaseFiles } from './release-folder.ts';

export interface Replaced {
  /** What `current` leads to, by its name; null: there is none. */
  readonly name: string | null;
  /** A line for the record of what served when, for what Canopy did not deploy; null: it stands there already. */
  readonly served: string | null;
}

interface Finished {
  /** When it had passed its gate. */
  readonly at: number;
  /** The line for the record of what served when. */
  readonly served: string;
  readonly prune: readonly string[];
  /** Its release.json, where that is to be written anew. */
  readonly record: string | null;
}

export interface ShellRuntime {
  /** Prints the facts that deploy/model/facts.ts reads. `withJournal`: the journal's lines of the last deploy too. */
  facts(asked: { readonly withUnit: boolean; readonly withJournal: boolean }): Command;
  /**
   * What `receive` takes from standard input: the archive as it is; or a stream with the list of files ahead, in which what an
   * earlier release holds is missing.
   */
  readonly takes: 'archive' | 'files';
  /** The release is there whole and verified, or not at all. */
  receive(received: Received): Command;
  /** What is to be renewed though the release is there already. */
  refresh(release: ReleaseFiles, env: string): Command;
  /** Keep what is replaced, stop what runs by then, switch, start: as one. `leaving`: by what that may have been started. */
  activate(release: ReleaseFiles, replaced: Replaced, leaving: readonly Service[]): Command;
  /** Back to a release that ran before, as it was where that is still there. `stopped`: it did not run then, and does not now. */
  restore(release: ReleaseFiles, stopped: boolean, leaving: readonly Service[]): Command;
  /** Stops for good and leaves nothing current. */
  clear(): Command;
  /** Stops what runs; it stays current. */
  halt(): Command;
  /** Marks the release healthy when it still runs, notes that it serves, and deletes the others that are named. */
  finish(release: ReleaseFiles, of: Finished): Command;
  /** A user's lines where the release is, with its environment and `env`. */
  within(release: ReleaseFiles, lines: Lines, env?: Readonly<Record<string, string>>): Command;
  /** A user's question to the release that runs: exit code 0 is yes. */
  ask(release: ReleaseFiles, lines: Lines): Command;
  /** Exit code 0 while it runs. */
  status(): Command;
  /** The same, and prints which process it is; null when nothing tells. */
  steady(): Command | null;
  /** Prints its state, as its manager tells it: deploy/gate/proof-facts.ts reads it. Null when there is no manager. */
  state(): Command | null;
  /** The same, and what shows whose process answers there. `name` is to be resolved on the server; empty: there is none. */
  proof(asked: { readonly name: string; readonly port: number | null }): Command;
  /** The last lines of its log; null when nobody knows where that is. */
  log(lines: number): Command | null;
}
