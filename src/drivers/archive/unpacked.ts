/** An archive that was looked into, unpacked in memory: a part of it is taken from there, and is what was looked at. */

export interface Unpacked {
  readonly file: string;
  readonly chunks: readonly Buffer[];
  /** Where each member stands, its headers and padding with it. */
  readonly places: ReadonlyMap<string, MemberLocation>;
}

interface MemberLocation {
  readonly from: number;
  readonly to: number;
  readonly folder: boolean;
}

/** What is larger is read again from the disk. */
const most = 64 * 1024 ** 2;

/** Gathers what one look sees. */
export class Gathering {
  readonly #chunks: Buffer[] = [];
  readonly #places = new Map<string, MemberLocation>();
  #bytes = 0;

  chunk(chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes <= most) this.#chunks.push(chunk);
    else this.#chunks.length = 0;
  }

  member(name: string, place: MemberLocation): void {
    this.#places.set(name, place);
  }

  /** Null when it was too large to keep. */
  end(file: string): Unpacked | null {
    return this.#bytes > most ? null : { file, chunks: this.#chunks, places: this.#places };
  }
}

/** A tar of the wanted members and all folders, in the order of the archive. */
export function cutOut({ chunks, places }: Unpacked, members: ReadonlySet<string>): Buffer {
  const parts: Buffer[] = [];
  let at = 0;
  let start = 0;
  for (const [name, { from, to, folder }] of places) {
    if (!folder && !members.has(name)) continue;
    while (start + (chunks[at]?.length ?? to) <= from) start += chunks[at++]?.length ?? 0;
    let begin = start;
    for (let next = at; begin < to && next < chunks.length; next += 1) {
      const chunk = chunks[next] as Buffer;
      parts.push(chunk.subarray(Math.max(0, from - begin), to - begin));
      begin += chunk.length;
    }
  }
  return Buffer.concat([...parts, Buffer.alloc(1024)]);
}
