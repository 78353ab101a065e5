import { expect } from 'chai';
import type { InstanceReport } from '../../../src/deploy/report/instance-report.ts';
import { nextCommands, table, type DeployEnd } from '../../../src/deploy/report/summary.ts';

const lines = (count: number): string[] => Array.from({ length: count }, (_, at) => `line ${at + 1}`);

const failed = (name: string, evidence: Partial<InstanceReport['evidence']> = {}): InstanceReport => ({
  name,
  release: 'r1',
  previous: 'r1',
  health: 'healthy',
  did: 'reverted',
  evidence: { log: [], manager: [], answers: [], ...evidence },
});

const report = (...instances: InstanceReport[]): DeployEnd => ({
  end: 'reverted',
  reasons: [],
  problems: [],
  environment: 'production',
  release: 'r2',
  deploy: 'd1',
  instances,
  durationMs: 1000,
  revertMs: 500,
  probe: null,
  unproven: new Map(),
  resumable: false,
});

/** What is shown below the name of an instance. */
const said = (name: string, text: string): string[] => {
  const from = text.split('\n').indexOf(`${name} said before it was touched again:`);
  const rest = text.split('\n').slice(from + 1);
  return rest.slice(0, rest.indexOf('')).map((line) => line.slice(2));
};

describe('what a deploy shows of instances that failed', () => {
  it('is all that the first one has logged, and the end of what the others have', () => {
    const text = table(report(failed('web-1', { log: lines(80) }), failed('web-2', { log: lines(20) })));
    expect(said('web-1', text)).to.deep.equal(lines(80));
    expect(said('web-2', text)).to.deep.equal([
      '(8 lines before these stand in the result)',
      ...lines(20).slice(8),
    ]);
  });

  it('begins with the answers of its gate and ends with what systemd says', () => {
    const evidence = { answers: ['a', 'b', 'c', 'd'], log: ['Error: x'], manager: lines(9) };
    const text = table(report(failed('web-1', evidence)));
    expect(said('web-1', text)).to.deep.equal([
      ...['gate: b', 'gate: c', 'gate: d', 'Error: x'],
      ...lines(9).slice(4),
    ]);
  });

  it('is nothing where it has said nothing', () => {
    expect(table(report(failed('web-1')))).not.to.contain('said before');
  });
});

describe('what is to be typed after a deploy that left something to be done', () => {
  const on = '--environment production';
  const resume = `canopy deploy ${on} --resume`;
  const others = [`canopy rollback ${on}`, `canopy lock release ${on}`];
  for (const [end, resumable, right] of [
    ['done', false, []],
    ['reverted', false, []],
    ['frozen', true, []],
    ['aborted', true, [resume]],
    ['aborted', false, [`canopy deploy ${on}`]],
    ['mixed', true, [`canopy status ${on}`, resume, ...others]],
    ['mixed', false, [`canopy status ${on}`, ...others]],
  ] as const)
    it(`${end}, ${resumable ? 'and it can be resumed' : 'for good'}`, () => {
      const ended = { ...report(), end, resumable };
      expect(nextCommands(ended).map(([command]) => command)).to.deep.equal(right);
      for (const command of right) expect(table(ended)).to.contain(`\n  ${command}  `);
      expect(table(ended).includes('next:')).to.equal(right.length > 0);
    });
});
