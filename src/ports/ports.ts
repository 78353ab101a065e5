/**
 * What Canopy needs from the outside world: interfaces only. Drivers implement them, features receive them, tests use
 * one stateful fake a port. Times are milliseconds since the epoch, durations are milliseconds.
 */
import type { Command, Effect } from '../commands/core/command.ts';
export type * from './archive.ts';
export type * from './balancer.ts';
export type * from './redis-server.ts';
export type * from './messenger.ts';

// ---------------------------------------------------------------------------------------------- machines

/** A command with what it means and how it is told to people. */
export interface Task {
  readonly command: Command;
  readonly effect: Effect;
  /** What a person reads: "switch current to 20261121-…". */
  readonly title: string;
  /** Ends the command, and fails, after so long. */
  readonly timeoutMs?: number;
  /** What becomes the standard input: bytes that go ahead, then a local file; `onSent` hears how many were sent so far. */
  readonly input?: {
    readonly front?: Buffer;
    readonly file: string;
    readonly onSent?: (bytes: number) => void;
  };
  /** Hears each line of output as it comes, without its newline. */
  readonly onLine?: (line: string, stream: 'out' | 'err') => void;
}

export interface Ran {
  /** The exit code. 0 is success and nothing else is. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Set by a dry run: nothing was run, success is hoped for. */
  readonly assumed?: true;
}

/** One machine: reached by SSH, or this very one. */
export interface Host {
  /** Runs to its end and returns the exit code, whatever it is; throws only when that could not be learnt. */
  run(task: Task, signal?: AbortSignal): Promise<Ran>;
  /** A GET made from this machine to a URL it can reach itself. */
  get(url: string, options: GetOptions): Promise<HttpAnswer>;
  /** Whether a TCP connection from this machine opens. */
  connects(host: string, port: number, options: GetOptions): Promise<boolean>;
  /**
   * Sends a text to a socket of this machine, a path or `host:port`, and returns all that comes back until the other side
   * closes. Throws `socket-refused` or `socket-late`, and what the way there throws.
   */
  exchange(socket: string, text: string, options: ExchangeOptions): Promise<Exchanged>;
}

export interface ExchangeOptions {
  readonly effect: Effect;
  readonly timeoutMs: number;
  /** What a person reads in a dry run. */
  readonly title: string;
}

export interface Exchanged {
  /** At most 16 MiB are kept. */
  readonly text: string;
  /** Set by a dry run: nothing was sent. */
  readonly assumed?: true;
}

interface HostAddress {
  /** The instance's name: stands in front of its output. */
  readonly name: string;
  /** `user@host:port`, `host`, or an alias of ~/.ssh/config. */
  readonly host: string;
}

/** Opens one connection a host and keeps it; channels share it. */
export interface Ssh {
  host(address: HostAddress): Promise<Host>;
  close(): Promise<void>;
}

export interface HostKey {
  /** As known_hosts writes it: `host` or `[host]:port`. */
  readonly name: string;
  readonly type: string;
  /** `SHA256:…`, to compare with what the server's owner sees. */
  readonly fingerprint: string;
  /** The line for known_hosts or ssh.hostKeys. */
  readonly line: string;
}

/** Learns the host key that a server shows, without logging in. */
export interface KeyScan {
  scan(address: string): Promise<HostKey>;
}

export interface GetOptions {
  readonly effect: Effect;
  readonly timeoutMs: number;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface HttpAnswer {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** At most 64 KiB are kept. */
  readonly body: string;
  /** Set by a dry run: nobody was asked, the answer is taken as the one hoped for. */
  readonly assumed?: true;
}

export interface Http {
  get(url: string, options: GetOptions): Promise<HttpAnswer>;
  /** Sends JSON and returns the answer, whatever its status. */
  send(method: string, url: string, body: unknown, options: GetOptions): Promise<HttpAnswer>;
}

// ---------------------------------------------------------------------------------------------- store

/** Shared state that all agents, routers and servers see. Keys are whole (`canopy:shop:…`). */
export interface Store {
  get(key: string): Promise<string | null>;
  set(key: string, value: string, options?: SetOptions): Promise<boolean>;
  /**
   * Writes `next` (null: removes) only while the value is still `expected` (null: absent), and the fence, when there is one,
   * still stands: both are looked at and written in one go.
   */
  swap(
    key: string,
    expected: string | null,
    next: string | null,
    ttlMs?: number,
    fence?: Fence,
  ): Promise<boolean>;
  remove(key: string): Promise<boolean>;
  /** Keys that begin so, sorted. */
  list(prefix: string): Promise<string[]>;
  /** Raises a counter to max(its value, atLeast) + 1 and returns that. */
  next(key: string, atLeast: number): Promise<number>;
  /** Adds an entry to a stream and returns its id; the stream is cut to about `keep` entries. */
  append(stream: string, entry: Readonly<Record<string, string>>, keep: number): Promise<string>;
  /** The newest entries of a stream, newest first. */
  tail(stream: string, count: number): Promise<StreamEntry[]>;
  publish(channel: string, message: string): Promise<void>;
  /** Calls `heard` for each message, and `heard(null)` each time the subscription stands anew: messages may have been missed. */
  subscribe(channel: string, heard: (message: string | null) => void): Promise<() => Promise<void>>;
  /**
   * Whether the server that has taken our writes is the one in charge. When it is not, what it has taken is lost, and the next
   * calls go to another one. For the end of something that nobody comes back to: it costs a few questions.
   */
  isInCharge(): Promise<boolean>;
  close(): Promise<void>;
}

/** Stands while that key holds that value: the lease of whoever may write. */
export interface Fence {
  readonly key: string;
  readonly value: string;
}

interface SetOptions {
  readonly ttlMs?: number;
  readonly ifAbsent?: boolean;
}

export interface StreamEntry {
  readonly id: string;
  readonly fields: Readonly<Record<string, string>>;
}

// ---------------------------------------------------------------------------------------------- this machine

export interface Git {
  /** Facts of the commit that is checked out. */
  head(): Promise<{
    readonly commit: string;
    readonly branch: string | null;
    readonly time: number;
    readonly dirty: boolean;
  }>;
  /** The commits in `from..to`, as far as this clone has them. */
  log(from: string, to: string): Promise<GitRange>;
  /** What git ignores below a folder, relative to it; a folder of which all is ignored ends with a slash. */
  ignored(folder: string): Promise<string[]>;
  /** When a commit was made; throws when it is not in this clone. */
  time(ref: string): Promise<number>;
}

export interface GitRange {
  /** Newest first. */
  readonly commits: readonly { readonly commit: string; readonly subject: string; readonly author: string }[];
  /** The clone is shallow and ends among these: there are more, or others. */
  readonly cut: boolean;
}

/** Files on this machine. Paths are absolute or relative to the working folder. */
export interface Files {
  read(path: string): Promise<string>;
  exists(path: string): Promise<boolean>;
  /** Throws `output-file` when the file could not be written: asked before the work of which it tells. */
  prove(path: string): Promise<void>;
  /** Temporary file, fsync, rename. */
  write(path: string, text: string): Promise<void>;
  /** Paths that match, sorted, with `/`; folders stand for all files below them. */
  glob(patterns: readonly string[], cwd: string): Promise<string[]>;
  /** Folders that match, or lie below one that does, sorted. */
  folders(patterns: readonly string[], cwd: string): Promise<string[]>;
  remove(path: string): Promise<void>;
}

/** Programs on this machine. */
export interface Exec {
  /** A user's command by `sh -e`, with an environment that holds no secret of ours. */
  shell(lines: string | readonly string[], options: ExecOptions): Promise<Ran>;
}

export interface ExecOptions {
  readonly cwd: string;
  readonly title: string;
  readonly effect: Effect;
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
  readonly onLine?: (line: string, stream: 'out' | 'err') => void;
  readonly signal?: AbortSignal;
}

export interface Clock {
  now(): number;
  /** Resolves after so long, or at once when the signal is aborted: it never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export interface Random {
  /** So many random bytes as hexadecimal text. */
  hex(bytes: number): string;
}

/** What a run tells while it runs. Secrets are masked behind it. */
export interface Log {
  /** One event; `about` is the instance or phase it concerns. */
  info(text: string, about?: string): void;
  warn(text: string, about?: string): void;
  /** Only with --verbose. */
  debug(text: string, about?: string): void;
  /** Where a long piece of work stands: drawn as a line an instance on a terminal; fraction 0 to 1 draws a bar. */
  progress(about: string, text: string, fraction?: number): void;
}
