/** The port for archives (.tgz) on this machine: packed and looked into, never unpacked here. */
import type { Member, PackedFile } from '../shared/member.ts';

export interface PackOrder {
  /** Absolute; the names are relative to it. */
  readonly folder: string;
  readonly names: readonly string[];
  /** The time that every member bears. */
  readonly time: number;
  /** The archive is written to this folder under the name made from its sha256. */
  readonly into: string;
  readonly name: (sha256: string) => string;
}

export interface Packed {
  readonly file: string;
  readonly sha256: string;
  readonly size: number;
  readonly files: Readonly<Record<string, PackedFile>>;
}

export interface BundleOrder {
  readonly archive: string;
  /** The members wanted; null: all, and the archive is sent as it is. Folders always come along. */
  readonly members: ReadonlySet<string> | null;
  /** Whether it is worth to compress them. */
  readonly compress: boolean;
  /** Further files, by name, that stand in front of the others; a name that ends with a slash is a folder. */
  readonly front: Readonly<Record<string, string>>;
}

/** One .tgz in two parts, to be sent one after the other. */
export interface Bundle {
  readonly front: Buffer;
  readonly file: string;
  /** Bytes of both. */
  readonly size: number;
  /** Deletes what was made for it. */
  discard(): Promise<void>;
}

/** Archives (.tgz) on this machine. Nothing is ever unpacked here. */
export interface Archive {
  /** What stands at these names below the folder: asked before they are packed. */
  look(folder: string, names: readonly string[]): Promise<Member[]>;
  /** The same files give the same bytes, whoever packs them and when. */
  pack(order: PackOrder): Promise<Packed>;
  /** Hears each member in turn and may throw to stop; more than `maxBytes` unpacked is an error. */
  inspect(file: string, maxBytes: number, each: (member: Member) => void): Promise<void>;
  hash(file: string): Promise<{ readonly sha256: string; readonly size: number }>;
  /** Some members of an archive, to be sent to a server that holds the others. */
  bundle(order: BundleOrder): Promise<Bundle>;
}
