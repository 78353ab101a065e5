/** Which files artifact.files means: each judged before anything is packed. */
import { fail } from '../errors.ts';
import type { Member } from '../shared/member.ts';
import type { Archive, Files, Log } from '../ports/ports.ts';
import { refuse } from './members.ts';
import { posix } from 'node:path';

/** What stands there by its names relative to the folder, sorted. A pattern that matches nothing is an error, unless the build was only pretended. */
export async function selectFiles(
  order: { readonly folder: string; readonly patterns: readonly string[]; readonly built: boolean },
  ports: { readonly archive: Archive; readonly files: Files; readonly log: Log },
): Promise<Member[]> {
  const { folder, patterns } = order;
  const without = patterns.filter(isNegated);
  const found = new Set<string>();
  for (const pattern of patterns.filter((each) => !isNegated(each))) {
    const names = (await ports.files.glob([pattern, ...without], folder)).filter(isTaken);
    if (names.length === 0 && order.built) throw fail('artifact-nothing', { pattern });
    for (const name of names) found.add(name);
  }
  const names = [...found].sort((a, b) => (a < b ? -1 : 1));
  if (names.length === 0 && order.built) throw fail('artifact-empty', { folder });
  const members = await ports.archive.look(folder, names);
  const refused = refuse(members);
  if (refused) throw fail('artifact-file', { file: refused.member, why: refused.why });
  for (const link of danglingLinks(members)) {
    ports.log.warn(`${link.name} points to ${link.target}, which is not in the artifact`, 'package');
  }
  return members;
}

const isNegated = (pattern: string): boolean => pattern.startsWith('!') && !pattern.startsWith('!(');

/** .git and .canopy never belong to a release. */
const isTaken = (name: string): boolean =>
  !name.split('/').some((segment) => segment === '.git' || segment === '.canopy');

/** Links whose target stays behind: they would hang in the air on the server. */
function danglingLinks(members: readonly Member[]): Member[] {
  const there = new Set<string>();
  for (const { name } of members) {
    for (let path = name; path !== '.' && !there.has(path); path = posix.dirname(path)) there.add(path);
  }
  return members.filter(({ name, type, target }) => {
    const end = posix.normalize(posix.join(posix.dirname(name), target ?? '')).replace(/\/$/, '');
    return type === 'link' && end !== '.' && !there.has(end);
  });
}
