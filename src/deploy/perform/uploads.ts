/** What each server is sent: the files that it does not hold, packed once for all servers that lack the same. */
import { createHash } from 'node:crypto';
import { runtimeOf } from '../../commands/runtime.ts';
import { printList } from '../../commands/release/receive.ts';
import type { Instance } from '../../config/types.ts';
import type { Archive, Bundle, Host, Log, Task } from '../../ports/ports.ts';
import { showCount, showSize } from '../../shared/text/units.ts';
import { deltaOf, frontOf, listed, listText, pays, readList, type Delta, type List } from '../plan/delta.ts';
import type { InstanceFacts } from '../model/facts.ts';
import type { ReleaseInfo } from '../context/deploy-artifact.ts';

type PreparedUpload = NonNullable<ReleaseInfo['archive']>;

export interface ReleaseUpload {
  /** `3 of 1,204 files (212 KB), links 1,201`. */
  readonly sends: string;
  /** sha256 of the list of files. */
  readonly tree: string;
  /** The earlier release that holds the rest; null when all is sent. */
  readonly base: string | null;
  readonly input: Pick<NonNullable<Task['input']>, 'front' | 'file'>;
  /** Bytes to send. */
  readonly size: number;
}

interface UploadRequest {
  readonly instance: Instance;
  readonly host: Host;
  readonly facts: InstanceFacts | undefined;
  readonly link: boolean;
}

/** An archive that came out no smaller holds images, archives and the like: to compress them again costs time for nothing. */
const packedAlready = 0.9;
/** So many earlier releases of a server are looked at. */
const mostBases = 3;

export class Uploads {
  readonly #sent: PreparedUpload;
  readonly #archive: () => Promise<Archive>;
  readonly #log: Log;
  readonly #lists = new Map<string, Promise<List | null>>();
  readonly #bundles = new Map<string, Promise<Bundle>>();
  readonly #trees = new Map<string, { list: List; tree: string }>();
  readonly #deltas = new Map<string, Delta>();

  constructor(sent: PreparedUpload, archive: () => Promise<Archive>, log: Log) {
    this.#sent = sent;
    this.#archive = archive;
    this.#log = log;
  }

  /** Reads from the server what it holds, unless that is known from another one. */
  async forServer({ instance, host, facts, link }: UploadRequest): Promise<ReleaseUpload> {
    const own = this.#tree(instance);
    const found = facts ? await this.#best(own, instance, host, facts) : null;
    if (found === null || !pays(found.delta)) return this.whole(instance);
    const { base, sum, delta } = found;
    const { front, file, size } = await this.#bundle(`${own.tree} ${sum}`, own.list, delta);
    const count = (names: readonly unknown[]): string => showCount(names.length);
    const sent = `${count(delta.send)} of ${showCount(own.list.size)} files (${showSize(delta.bytes)})`;
    const takes = `${link ? 'links' : 'copies'} ${count([...delta.take, ...delta.moved])}`;
    return { sends: `${sent}, ${takes}`, tree: own.tree, base, input: { front, file }, size };
  }

  /** All files, as the archive that was packaged. */
  async whole(instance: Instance): Promise<ReleaseUpload> {
    const { list, tree } = this.#tree(instance);
    const archive = this.#sent;
    const sends = `${showCount(list.size)} files (${showSize(archive.size)})`;
    if (runtimeOf(instance).takes === 'archive')
      return { sends, tree, base: null, input: { file: archive.file }, size: archive.size };
    const { front, file, size } = await this.#bundle(tree, list, null);
    return { sends, tree, base: null, input: { front, file }, size };
  }

  /** Deletes what was packed. */
  async close(): Promise<void> {
    for (const made of this.#bundles.values()) {
      const bundle = await made.catch(() => null); // Whoever asked for it has heard why there is none.
      await bundle?.discard();
    }
  }

  /** The earlier release of which the most can be taken. */
  async #best(
    own: { readonly list: List; readonly tree: string },
    instance: Instance,
    host: Host,
    facts: InstanceFacts,
  ): Promise<{ base: string; sum: string; delta: Delta } | null> {
    if (runtimeOf(instance).takes === 'archive') return null;
    const found = await Promise.all(
      candidates(facts).map(async (base) => {
        const sum = facts.lists[base] as string;
        const held = await this.#list(sum, base, instance, host);
        return held ? [{ base, sum, delta: this.#delta(`${own.tree} ${sum}`, own.list, held) }] : [];
      }),
    );
    const [best = null] = found.flat().sort((a, b) => a.delta.bytes - b.delta.bytes);
    return best;
  }

  #tree({ shared }: Instance): { list: List; tree: string } {
    const key = JSON.stringify(shared);
    const list = this.#trees.get(key)?.list ?? listed(this.#sent.files, shared);
    const made = this.#trees.get(key) ?? { list, tree: sha256(listText(list)) };
    this.#trees.set(key, made);
    return made;
  }

  #delta(key: string, list: List, held: List): Delta {
    const made = this.#deltas.get(key) ?? deltaOf(this.#sent.files, list, held);
    this.#deltas.set(key, made);
    return made;
  }

  #bundle(key: string, list: List, delta: Delta | null): Promise<Bundle> {
    const known = this.#bundles.get(key);
    if (known) return known;
    const made = this.#archive().then((archive) =>
      archive.bundle({
        archive: this.#sent.file,
        members: delta ? new Set(delta.send) : null,
        compress: delta !== null && this.#sent.size < delta.total * packedAlready,
        front: frontOf(list, delta),
      }),
    );
    this.#bundles.set(key, made);
    return made;
  }

  /** Null when the server does not tell it, or tells another one than it said. */
  #list(sum: string, id: string, instance: Instance, host: Host): Promise<List | null> {
    const known = this.#lists.get(sum);
    if (known) return known;
    const asked = this.#ask(sum, id, instance, host);
    this.#lists.set(sum, asked);
    // The next server may know better.
    const forget = (): void => void this.#lists.delete(sum);
    asked.then((list) => (list === null ? forget() : undefined), forget);
    return asked;
  }

  async #ask(sum: string, id: string, { name, path }: Instance, host: Host): Promise<List | null> {
    const lines: string[] = [];
    const title = `read which files ${id} was made of`;
    await host.run({
      command: printList({ path, id }),
      effect: 'read',
      title,
      timeoutMs: 60_000,
      onLine: (line, stream) => void (stream === 'out' && lines.push(`${line}\n`)),
    });
    const text = lines.join('');
    if (sha256(text) === sum) return readList(text);
    this.#log.debug(`${title}: it is not what the facts say`, name);
    return null;
  }
}

/** What runs first, then the newest. */
function candidates({ current, releases, lists }: InstanceFacts): string[] {
  const ids = releases
    .map(({ id }) => id)
    .sort()
    .reverse();
  const all = new Set([...(current === null ? [] : [current]), ...ids]);
  return [...all].filter((id) => Object.hasOwn(lists, id)).slice(0, mostBases);
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
