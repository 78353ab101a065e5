/** What may stand in an archive: the rules for packing one and for trusting one. Pure. */
import { posix } from 'node:path';
import type { Member } from '../shared/member.ts';

/** The most that an archive may unpack to, in bytes. */
export const maxBytes = 4 * 1024 ** 3;
/** The most members that an archive may have. */
export const maxMembers = 1_000_000;

interface RefusedMember {
  readonly member: string;
  /** Goes on from the member's name: `points out of the tree`. */
  readonly why: string;
}

/** The first member that breaks a rule, or null. */
export function refuse(members: Iterable<Member>): RefusedMember | null {
  const check = memberRules();
  for (const member of members) {
    const why = check(member);
    if (why !== null) return { member: shown(member.name), why };
  }
  return null;
}

/** Judges members one after the other, in the order of the archive: why one is refused, or null. */
export function memberRules(): (member: Member) => string | null {
  const seen = new Map<string, Member['type']>();
  const parents = new Set<string>();
  let total = 0;
  return (member) => {
    const name = member.type === 'folder' ? member.name.replace(/\/$/, '') : member.name;
    total += member.size;
    const why = refuseName(name) ?? refuseKind(member) ?? refusePlace(name, member.type, seen, parents);
    if (why !== null) return why;
    const target = refuseTarget(name, member, seen);
    if (target !== null) return target;
    if (total > maxBytes) return 'makes the archive unpack to more than 4 GiB';
    if (seen.size >= maxMembers) return `is one of more than ${maxMembers} members`;
    seen.set(name, member.type);
    for (const parent of ancestors(name)) parents.add(parent);
    return null;
  };
}

/** Why a path may not stand in an archive or a manifest, or null. */
export function refuseName(name: string): string | null {
  if (name === '') return 'has no name';
  if (/[\u0000-\u001f\u007f]/.test(name)) return 'has a control character in its name';
  if (name.includes('\ufffd')) return 'has a name that is not UTF-8';
  if (name.startsWith('/')) return 'has an absolute name';
  const segments = name.split('/');
  if (segments.includes('..')) return 'has .. in its name';
  if (segments.includes('.') || segments.includes('')) return 'has a name that is not in its plain form';
  if (segments.includes('.git')) return 'belongs to git';
  if (segments[0] === '.canopy') return 'stands in .canopy, which is ours on the server';
  if (segments.some((segment) => Buffer.byteLength(segment) > 255))
    return 'has a name of more than 255 bytes';
  return Buffer.byteLength(name) > 2048 ? 'has a path of more than 2048 bytes' : null;
}

function refuseKind(member: Member): string | null {
  if (member.odd !== undefined) return member.odd;
  if (member.type === 'other') return 'is neither a file, a folder nor a symlink';
  if (!(member.size >= 0)) return 'has a size that is no number';
  return member.mode > 0o777 ? 'has a setuid, setgid or sticky bit' : null;
}

/** What was unpacked before must not change where this one lands. */
function refusePlace(
  name: string,
  type: Member['type'],
  seen: ReadonlyMap<string, Member['type']>,
  parents: ReadonlySet<string>,
): string | null {
  if (seen.has(name)) return 'stands in it twice';
  if (type !== 'folder' && parents.has(name)) return 'takes the place of a folder';
  for (const parent of ancestors(name)) {
    const above = seen.get(parent);
    if (above === 'link' || above === 'hardlink') return `lies under the symlink ${shown(parent)}`;
    if (above === 'file') return `lies under the file ${shown(parent)}`;
  }
  return null;
}

function refuseTarget(
  name: string,
  member: Member,
  seen: ReadonlyMap<string, Member['type']>,
): string | null {
  const { target, type } = member;
  if (type !== 'link' && type !== 'hardlink') return null;
  if (target === null || target === '') return 'is a link to nothing';
  if (/[\u0000-\u001f\u007f]/.test(target)) return 'has a control character in its target';
  if (target.startsWith('/')) return 'is a link with an absolute target';
  if (Buffer.byteLength(target) > 2048) return 'has a target of more than 2048 bytes';
  if (type === 'hardlink') {
    // Its target is a name from the root of the archive.
    if (target.split('/').includes('..')) return 'is a link that leaves the tree';
    return seen.get(target) === 'file' ? null : 'is a hard link to something that is no file before it';
  }
  if (leaves(name, target)) return 'is a link that leaves the tree';
  // After a name, .. is the parent of wherever that name leads: it cannot be judged by its letters.
  return climbsLate(target) ? 'is a link with .. after a name in its target' : null;
}

const leaves = (name: string, target: string): boolean => {
  const end = posix.normalize(posix.join(posix.dirname(name), target));
  return end === '..' || end.startsWith('../');
};

function climbsLate(target: string): boolean {
  const segments = target.split('/').filter((segment) => segment !== '' && segment !== '.');
  const first = segments.findIndex((segment) => segment !== '..');
  return first !== -1 && segments.indexOf('..', first) !== -1;
}

function ancestors(name: string): string[] {
  const segments = name.split('/').slice(0, -1);
  return segments.map((_, index) => segments.slice(0, index + 1).join('/'));
}

/** A name for people: control characters are written out. */
export const shown = (name: string): string =>
  JSON.stringify(name.length > 200 ? `${name.slice(0, 200)}…` : name);
