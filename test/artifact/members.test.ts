import { readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { refuse } from '../../src/artifact/members.ts';
import type { Member } from '../../src/shared/member.ts';

interface Case {
  readonly given: string;
  readonly members: readonly (Partial<Member> & { readonly name: string })[];
  readonly expect: string | null;
}
const cases = JSON.parse(
  readFileSync(new URL('../cases/artifact/members.json', import.meta.url), 'utf8'),
) as Case[];
const whole = (member: Partial<Member> & { readonly name: string }): Member => ({
  type: 'file',
  size: 1,
  mode: 0o644,
  target: null,
  ...member,
});

describe('artifact/members', () => {
  for (const { given, members, expect: why } of cases) {
    it(`${why === null ? 'takes' : 'refuses'} ${given}`, () => {
      expect(refuse(members.map(whole))?.why ?? null).to.equal(why);
    });
  }

  it('names the member, readable for people', () => {
    expect(refuse([whole({ name: 'a' }), whole({ name: 'b\n' })])?.member).to.equal('"b\\n"');
  });

  it('refuses too long names', () => {
    expect(refuse([whole({ name: 'a'.repeat(256) })])?.why).to.equal('has a name of more than 255 bytes');
    expect(refuse([whole({ name: 'ab/'.repeat(700) + 'a' })])?.why).to.equal(
      'has a path of more than 2048 bytes',
    );
  });

  it('lets nothing through that resolves out of the tree, through any chain of links', () => {
    const segment = fc.constantFrom('a', 'b', '..', '.', 'c', '');
    const path = fc.array(segment, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
    const member = fc.oneof(
      path.map((name) => whole({ name })),
      fc.tuple(path, path).map(([name, target]) => whole({ name, type: 'link', target })),
    );
    fc.assert(
      fc.property(fc.array(member, { maxLength: 6 }), (members) => {
        if (refuse(members) !== null) return;
        const links = new Map(members.filter((m) => m.type === 'link').map((m) => [m.name, m.target ?? '']));
        for (const each of members) expect(escapes(each.name, links)).to.equal(false);
      }),
      { numRuns: 5000 },
    );
  });
});

/** Walks a path as a kernel does: link after link, one segment at a time. */
function escapes(path: string, links: ReadonlyMap<string, string>): boolean {
  let at = '';
  const left = path.split('/');
  for (let steps = 0; left.length > 0 && steps < 100; steps += 1) {
    const next = left.shift() ?? '';
    if (next === '' || next === '.') continue;
    if (next === '..') {
      if (at === '') return true;
      at = posix.dirname(at) === '.' ? '' : posix.dirname(at);
      continue;
    }
    at = at === '' ? next : `${at}/${next}`;
    const target = links.get(at);
    if (target === undefined) continue;
    if (target.startsWith('/')) return true;
    left.unshift(...target.split('/'));
    at = posix.dirname(at) === '.' ? '' : posix.dirname(at);
  }
  return false;
}
