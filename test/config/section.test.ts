import { expect } from 'chai';
import * as v from 'valibot';
import { count, duration, lines, percent, size } from '../../src/config/fields/fields.ts';
import {
  key,
  lasts,
  meant,
  needed,
  nested,
  nestedOrNull,
  section,
  sized,
} from '../../src/config/fields/section.ts';
import { namesOf } from '../../src/explain/written/names-of.ts';

const below = section({ every: lasts(1000), share: key(percent, 5) });
const made = section({
  name: needed(v.string()),
  run: key(lines, []),
  most: key(count, null),
  drain: lasts(30_000),
  body: sized(1024),
  longest: key(duration, null),
  memory: key(size, null),
  loud: meant(v.string(), (written) => written?.toUpperCase() ?? '-'),
  check: nested(below),
  extra: nestedOrNull(below),
});
const read = (value: unknown) => made.fill(v.parse(made.schema, value));

describe('a section of canopy.yml', () => {
  it('has its defaults where nothing is written, and units in its names', () => {
    expect(read({ name: 'a' })).to.deep.equal({
      ...{ name: 'a', run: [], most: null, drainMs: 30_000, bodyBytes: 1024, longest: null, memory: null },
      ...{ loud: '-', check: { everyMs: 1000, share: 5 }, extra: null },
    });
  });

  it('has what is written, in milliseconds and bytes', () => {
    const written = { run: 'a', most: 0, drain: '0s', body: '2KB', longest: '1m', memory: '1KB', loud: 'b' };
    expect(read({ name: 'a', ...written, check: { every: '2s' }, extra: { share: '0%' } })).to.deep.equal({
      ...{ name: 'a', run: ['a'], most: 0, drainMs: 0, bodyBytes: 2048, longest: 60_000, memory: 1024 },
      ...{ loud: 'B', check: { everyMs: 2000, share: 5 }, extra: { everyMs: 1000, share: 0 } },
    });
  });

  it('refuses a key that it has not, and lacks one that it needs', () => {
    const { issues = [] } = v.safeParse(made.schema, { drian: '1s', check: { evry: '1s' } });
    expect(issues.map(({ message }) => message)).to.have.members([
      'is missing',
      'unknown-key; did you mean drain?\nname, run, most, drain, body, longest, memory, loud, check, extra',
      'unknown-key; did you mean every?\nevery, share',
    ]);
  });

  it('tells explain which of its keys are percentages, or one line', () => {
    expect([...namesOf(made.schema, [percent])]).to.deep.equal(['share']);
    expect([...namesOf(made.schema, [lines])]).to.deep.equal(['run']);
  });
});
