import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import fc from 'fast-check';
import istanbul, { type CoverageMapData } from 'istanbul-lib-coverage';
import { mergeCoverage, metrics, type CoverageReport } from '../../src/checks/coverage.ts';

const at = (line: number, from = 0, to = 20) => ({
  start: { line, column: from },
  end: { line, column: to },
});

interface Counts {
  readonly s: readonly number[];
  readonly f: readonly number[];
  readonly b: readonly (readonly number[])[];
}
/** One file of a shard: two statements may share a line. */
const file = (path: string, { s, f, b }: Counts, hash?: string): object => ({
  path,
  statementMap: Object.fromEntries(
    s.map((_, i) => [i, at(1 + Math.floor(i / 2), (i % 2) * 30, (i % 2) * 30 + 20)]),
  ),
  fnMap: Object.fromEntries(
    f.map((_, i) => [i, { name: `f${i}`, decl: at(50 + i), loc: at(50 + i, 5), line: 50 + i }]),
  ),
  branchMap: Object.fromEntries(
    b.map((hits, i) => [
      i,
      { loc: at(90 + i), type: 'if', line: 90 + i, locations: hits.map((_, k) => at(90 + i, k)) },
    ]),
  ),
  s: Object.fromEntries(s.entries()),
  f: Object.fromEntries(f.entries()),
  b: Object.fromEntries(b.entries()),
  ...(hash === undefined ? {} : { hash }),
});

function merged(shards: readonly object[]): CoverageReport {
  const merger = mergeCoverage();
  for (const shard of shards) expect(merger.add(JSON.stringify(shard))).to.equal(null);
  return merger.report();
}

/** The reference. */
function library(shards: readonly object[]): Record<string, { covered: number; total: number }> {
  const map = istanbul.createCoverageMap({});
  for (const shard of shards) map.merge(JSON.parse(JSON.stringify(shard)) as CoverageMapData);
  const summary = map.getCoverageSummary().data;
  return Object.fromEntries(
    metrics.map((m) => [
      m,
      {
        covered: summary[m].covered,
        total: summary[m].total,
        percent: Number(summary[m].pct) || (summary[m].total === 0 ? 100 : 0),
      },
    ]),
  );
}

describe('checks/coverage', () => {
  it('adds the hits of shards', () => {
    const one = { '/a.js': file('/a.js', { s: [1, 0, 0], f: [1, 0], b: [[1, 0]] }, 'h') };
    const two = { '/a.js': file('/a.js', { s: [0, 0, 2], f: [0, 0], b: [[0, 3]] }, 'h') };
    const { files, shares } = merged([one, two]);
    expect(files).to.equal(1);
    expect(shares.statements).to.deep.equal({ covered: 2, total: 3, percent: 66.66 });
    expect(shares.lines).to.deep.equal({ covered: 2, total: 2, percent: 100 });
    expect(shares.branches).to.deep.equal({ covered: 2, total: 2, percent: 100 });
    expect(shares.functions).to.deep.equal({ covered: 1, total: 2, percent: 50 });
  });

  it('takes files that only one shard has', () => {
    const { files, shares } = merged([
      { '/a.js': file('/a.js', { s: [1], f: [], b: [] }, 'h') },
      { '/b.js': file('/b.js', { s: [0], f: [], b: [] }, 'i') },
    ]);
    expect(files).to.equal(2);
    expect(shares.statements.percent).to.equal(50);
  });

  it('equals the library, with hashes, without and with maps that differ', () => {
    const hits = fc.nat(2);
    const counts = fc.record({
      s: fc.array(hits, { maxLength: 6 }),
      f: fc.array(hits, { maxLength: 3 }),
      b: fc.array(fc.array(hits, { minLength: 2, maxLength: 2 }), { maxLength: 3 }),
    });
    // A hash tells the shape, as istanbul's does.
    const shape = ({ s, f, b }: Counts): string => `${s.length}-${f.length}-${b.length}`;
    const shard = fc
      .array(fc.tuple(fc.constantFrom('/a.js', '/b.js'), counts, fc.boolean()), { maxLength: 2 })
      .map((files) =>
        Object.fromEntries(
          files.map(([path, each, signed]) => [path, file(path, each, signed ? shape(each) : undefined)]),
        ),
      );
    fc.assert(
      fc.property(fc.array(shard, { minLength: 1, maxLength: 4 }), (shards) => {
        expect(merged(shards).shares).to.deep.equal(library(shards));
      }),
      { numRuns: 500 },
    );
  });

  it('does not believe an equal hash of unequal maps', () => {
    const shards = [
      { '/a.js': file('/a.js', { s: [1], f: [], b: [[1, 0]] }, 'h') },
      { '/a.js': file('/a.js', { s: [0, 1, 1], f: [1], b: [] }, 'h') },
    ];
    expect(merged(shards).shares).to.deep.equal(library(shards));
  });

  it('reads files that nyc wrapped', () => {
    expect(merged([{ '/a.js': { data: file('/a.js', { s: [1], f: [], b: [] }) } }]).files).to.equal(1);
  });

  const broken: Readonly<Record<string, string>> = {
    nothing: '',
    'half a report': '{"/a.js":{"path":"/a.js","s":{',
    'a list': '[]',
    'a summary': '{"total":{"lines":{"pct":80}}}',
    null: 'null',
    'a counter that is a text': JSON.stringify({
      '/a.js': { ...file('/a.js', { s: [1], f: [], b: [] }), s: { 0: '0' } },
    }),
    'a counter of nothing': JSON.stringify({
      '/a.js': { ...file('/a.js', { s: [1], f: [], b: [] }), statementMap: {} },
    }),
    'a counter below nothing': JSON.stringify({
      '/a.js': { ...file('/a.js', { s: [1], f: [], b: [] }), s: { 0: -1 } },
    }),
    'a counter that was NaN': JSON.stringify({
      '/a.js': { ...file('/a.js', { s: [Number.NaN], f: [], b: [] }) },
    }),
    'a counter without end': JSON.stringify({
      '/a.js': file('/a.js', { s: [7], f: [], b: [] }),
    }).replace('"0":7', '"0":1e999'),
    'a path of a branch that was NaN': JSON.stringify({
      '/a.js': file('/a.js', { s: [], f: [], b: [[1, Number.NaN]] }),
    }),
    'a function of nowhere': JSON.stringify({
      '/a.js': { ...file('/a.js', { s: [], f: [1], b: [] }), fnMap: {} },
    }),
    'a statement without a line': JSON.stringify({
      '/a.js': { ...file('/a.js', { s: [1], f: [], b: [] }), statementMap: { 0: { start: {}, end: {} } } },
    }),
    'branches without a list': JSON.stringify({
      '/a.js': { ...file('/a.js', { s: [], f: [], b: [] }), b: { 0: 1 } },
    }),
  };
  for (const [name, text] of Object.entries(broken)) {
    it(`refuses ${name}`, () => expect(mergeCoverage().add(text)).to.be.a('string'));
  }

  const shared = (name: string): object =>
    JSON.parse(
      readFileSync(new URL(`../cases/checks/istanbul/${name}.json`, import.meta.url), 'utf8'),
    ) as object;
  const covered = ({ shares }: CoverageReport): string[] =>
    metrics.map((metric) => `${metric} ${shares[metric].covered}/${shares[metric].total}`);

  it('merges shards that tell which branches were true, and loses no branch that begins like another', () => {
    expect(covered(merged([shared('branch-truth-1')]))).to.include('branches 3/4');
    const sum = ['lines 1/2', 'branches 3/4', 'functions 1/1', 'statements 1/2'];
    expect(covered(merged([shared('branch-truth-1'), shared('branch-truth-2')]))).to.deep.equal(sum);
  });

  it('merges a function of which only the declaration is known', () => {
    const sum = ['lines 3/3', 'branches 1/2', 'functions 2/2', 'statements 3/3'];
    const names = ['function-with-loc', 'function-without-loc'];
    expect(covered(merged(names.map(shared)))).to.deep.equal(sum);
    expect(covered(merged(names.reverse().map(shared)))).to.deep.equal(sum);
  });

  it('loses no branch of unequal maps, where the library forgets those that begin alike', () => {
    const branch = (line: number, paths: number): object => ({
      loc: at(line),
      type: 'if',
      locations: Array.from({ length: paths }, (_, path) => at(line, path)),
    });
    const shard = (branchMap: object, b: object): object => ({
      '/a.js': { ...file('/a.js', { s: [1], f: [], b: [] }), branchMap, b },
    });
    const one = shard({ 0: branch(9, 2), 1: branch(9, 2) }, { 0: [0, 0], 1: [1, 1] });
    const two = shard(
      { 0: branch(9, 2), 1: branch(9, 2), 2: branch(40, 2) },
      { 0: [0, 0], 1: [0, 1], 2: [1, 0] },
    );
    expect(covered(merged([one, two]))).to.include('branches 3/6');
  });

  it('takes what is counted nowhere as not reached', () => {
    const whole = file('/a.js', { s: [1, 1], f: [1], b: [[1, 1]] });
    const part = { '/a.js': { ...whole, s: { 0: 1 }, f: {}, b: { 0: [1] } } };
    expect(covered(merged([part]))).to.deep.equal([
      'lines 1/1',
      'branches 1/2',
      'functions 0/1',
      'statements 1/2',
    ]);
    expect(covered(merged([{ '/a.js': { ...whole, s: {}, f: {}, b: {} } }]))).to.include('statements 0/2');
  });

  it('holds nothing of an empty report', () => {
    expect(merged([{}])).to.deep.include({ files: 0 });
  });
});
