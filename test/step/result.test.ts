import { expect } from 'chai';
import { fail } from '../../src/errors.ts';
import { createRedactor } from '../../src/step/redact/redact.ts';
import { redactedStore } from '../../src/step/redact/redacted-store.ts';
import { documentOf, documentOfError, render } from '../../src/step/result.ts';
import { Secret } from '../../src/shared/secret.ts';
import { fakeStore } from '../fakes/store.ts';

const ending = { step: 'deploy', startedAt: 0, finishedAt: 1500, warnings: ['w sesame-1'] };
const mask = createRedactor();
for (const text of ['sesame-1', 'deploy', 'done', 'internal', '123456']) mask.add(text);
const shown = (data: Record<string, unknown>): Record<string, unknown> =>
  (
    JSON.parse(render(documentOf({ outcome: 'done', data }, ending), mask)) as {
      data: Record<string, unknown>;
    }
  ).data;

describe('result document', () => {
  it('has the keys of the contract', () => {
    expect(documentOf({ outcome: 'reverted', reasons: ['why'], data: { a: 1 } }, ending)).to.deep.equal({
      ...{
        step: 'deploy',
        ok: false,
        exit: 3,
        outcome: 'reverted',
        reasons: ['why'],
        summary: 'reverted: why',
        data: { a: 1 },
        warnings: ['w sesame-1'],
        errors: [],
      },
      ...{ startedAt: '1970-01-01T00:00:00.000Z', finishedAt: '1970-01-01T00:00:01.500Z' },
    });
  });

  it('has one line for all of it', () => {
    const summary = (result: Parameters<typeof documentOf>[0]) => documentOf(result, ending).summary;
    expect(summary({ outcome: 'done' })).to.equal('done');
    expect(summary({ outcome: 'fail', reasons: ['a', 'b\nc'] })).to.equal('a; b c');
    expect(summary({ outcome: 'fail' })).to.equal('fail');
    expect(summary({ outcome: 'inconclusive', reasons: ['a'], data: { serves: 'x keeps 5 %' } })).to.equal(
      'inconclusive: a; x keeps 5 %',
    );
    expect(summary({ outcome: 'unchanged', data: { serves: 'x runs r1' } })).to.equal('unchanged; x runs r1');
    expect(summary({ outcome: 'fail', reasons: ['y'.repeat(5000)] })).to.have.length(2000);
    const error = fail('no-environment', { name: 'x', known: 'none' }, { data: { serves: 'x runs r1' } });
    expect(documentOfError(error, ending).summary).to.equal(
      'there is no environment "x"; canopy.yml has: none (check --environment, or add it below environments in canopy.yml); x runs r1',
    );
    const masked = render(documentOf({ outcome: 'fail', reasons: ['is sesame-1'] }, ending), mask);
    expect((JSON.parse(masked) as { summary: string }).summary).to.equal('is [secret]');
  });

  it('of an error has its problems, its exit code and what it knows', () => {
    const document = documentOfError(fail('aborted', { signal: 'SIGTERM' }, { data: { at: 1 } }), ending);
    expect(document).to.deep.include({ exit: 5, outcome: 'aborted', ok: false, data: { at: 1 } });
    expect(documentOfError(undefined, ending).errors[0]).to.include({ code: 'internal' });
    expect(documentOfError({ odd: true }, ending).exit).to.equal(1);
  });

  it('is masked in keys, values, lists, warnings, reasons and errors, and keeps what is ours', () => {
    const error = new Error('sesame-1');
    const text = render(documentOfError(error, ending), mask);
    expect(text).not.to.contain('sesame-1');
    expect(JSON.parse(text)).to.deep.include({ step: 'deploy', warnings: ['w [secret]'] });
    expect((JSON.parse(text) as { errors: { code: string }[] }).errors[0]?.code).to.equal('internal');
    expect(shown({ 'a sesame-1': ['sesame-1', { b: 'x sesame-1' }], n: 123456, m: 1234567 })).to.deep.equal({
      'a [secret]': ['[secret]', { b: 'x [secret]' }],
      n: '[secret]',
      m: 1234567,
    });
  });

  it('can show whatever a step returns', () => {
    const circle: Record<string, unknown> = {
      date: new Date(0),
      secret: new Secret('sesame-1'),
      big: 3n,
      none: undefined,
    };
    circle['again'] = circle;
    circle['twice'] = [circle['date'], circle['date']];
    const date = '1970-01-01T00:00:00.000Z';
    expect(shown(circle)).to.deep.equal({
      date,
      secret: '[secret]',
      big: '3',
      again: '[circular]',
      twice: [date, date],
    });
  });
});

describe('masked store', () => {
  it('masks the entries of streams and leaves values alone', async () => {
    const real = fakeStore();
    const store = redactedStore(real, mask);
    const reasons = JSON.stringify(['a "quoted" sesame-1', 'fine']);
    await store.append('s', { kind: 'done', at: '123456', reasons, actor: 'sesame-1', url: '[no list' }, 10);
    expect((await store.tail('s', 1))[0]?.fields).to.deep.equal({
      kind: 'done',
      at: '123456',
      reasons: JSON.stringify(['a "quoted" [secret]', 'fine']),
      actor: '[secret]',
      url: '[no list',
    });
    await store.set('k', '{"done":"deploy"}');
    expect(await real.get('k')).to.equal('{"done":"deploy"}');
  });
});
