/** Types only: what an archive holds, shared by the port, its driver and the rules of the artifact room. */

/** One member of an archive, or one file that is to become one. */
export interface Member {
  /** As it is written; a folder ends with `/`. */
  readonly name: string;
  /** `other`: devices, pipes, sockets and whatever else no application needs. */
  readonly type: 'file' | 'folder' | 'link' | 'hardlink' | 'other';
  readonly size: number;
  readonly mode: number;
  /** Where a link points, as it is written. */
  readonly target: string | null;
  /** Why it cannot be trusted, when the driver saw what its other facts do not tell. */
  readonly odd?: string;
}

export interface PackedFile {
  readonly sha256: string;
  /** `0644`, `0755`; `0777` for a symlink. */
  readonly mode: string;
  readonly size: number;
  /** The target, when it is a symlink. */
  readonly link?: string;
}
