import { expect } from 'chai';
import { readConfig } from '../../src/config/index.ts';
import { CanopyError } from '../../src/errors.ts';
import { workersOf } from '../../src/config/fields/workers.ts';

describe('config: how many workers', () => {
  const cases: [string, number | 'auto' | null][] = [
    ['1', 1],
    ['64', 64],
    ['auto', 'auto'],
    ['0', null],
    ['65', null],
    ['-1', null],
    ['1.5', null],
    ['two', null],
    ['', null],
    [' 2', null],
  ];
  for (const [text, workers] of cases)
    it(`--workers "${text}": ${workers}`, () => expect(workersOf(text)).to.equal(workers));

  const read = (traffic: string) =>
    readConfig(
      `app: shop\nenvironments: { p: { path: /srv/shop, service: { systemd: shop }, instances: [{ name: a, host: h, url: "http://h:1" }] } }\ntraffic: { stable: p${traffic} }`,
      '/app/canopy.yml',
      { HOME: '/' },
    ).config.traffic?.workers;

  it('is 1, a number or auto in canopy.yml', () => {
    expect([read(''), read(', workers: 3'), read(', workers: auto')]).to.deep.equal([1, 3, 'auto']);
  });

  for (const wrong of ['0', '65', '1.5', '"2"', 'many'])
    it(`traffic.workers: ${wrong} is refused, with what it may be`, () => {
      let problems: readonly { path?: string; message: string }[] = [];
      try {
        read(`, workers: ${wrong}`);
      } catch (error) {
        problems = (error as CanopyError).problems;
      }
      expect(problems.map(({ path }) => path)).to.deep.equal(['traffic.workers']);
      expect(problems[0]?.message).to.contain('must be a number from 1 to 64, or auto');
    });
});
