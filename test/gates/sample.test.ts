import { expect } from 'chai';
import { readSample, type ValueLimits } from '../../src/gates/sample.ts';

const scalar = (text: string) => ({ resultType: 'scalar', result: [1.5, text] });
const vector = (...texts: string[]) => ({
  resultType: 'vector',
  result: texts.map((text, at) => ({ metric: { instance: String(at) }, value: [1.5, text] })),
});
const most: ValueLimits = { max: 5, min: null, empty: 'unknown' };
const least: ValueLimits = { max: null, min: 1, empty: 'fail' };
const both: ValueLimits = { max: 5, min: -1, empty: 'pass' };
const read = (data: unknown, limits: ValueLimits = most) =>
  readSample(200, JSON.stringify({ status: 'success', data }), limits);

describe('an answer of Prometheus against the limits of a gate', () => {
  for (const [says, data, limits, said, reason, value] of [
    ['a scalar below max', scalar('3.25'), most, 'yes', '3.25, at most 5', 3.25],
    ['just max', scalar('5'), most, 'yes', '5, at most 5', 5],
    ['above max', vector('5.000001'), most, 'no', '5.000001 is above 5', 5.000001],
    ['many digits', vector('0.123456789'), most, 'yes', '0.123457, at most 5', 0.123456789],
    ['just min', scalar('1'), least, 'yes', '1, at least 1', 1],
    ['below min', vector('0.5'), least, 'no', '0.5 is below 1', 0.5],
    ['between both', vector('-1'), both, 'yes', '-1, -1 to 5', -1],
    ['below the lower of both', vector('-1.5e3'), both, 'no', '-1500 is below -1', -1500],
    ['+Inf', scalar('+Inf'), most, 'no', '+Inf is above 5', undefined],
    ['+Inf where only a least is asked', scalar('+Inf'), least, 'yes', '+Inf, at least 1', undefined],
    ['-Inf', scalar('-Inf'), least, 'no', '-Inf is below 1', undefined],
    ['NaN is nothing', vector('NaN'), most, 'unknown', 'the value is NaN (empty: unknown)', undefined],
    ['NaN, empty: fail', scalar('NaN'), least, 'no', 'the value is NaN (empty: fail)', undefined],
    ['no sample', vector(), most, 'unknown', 'the query finds nothing (empty: unknown)', undefined],
    ['no sample, empty: pass', vector(), both, 'yes', 'the query finds nothing (empty: pass)', undefined],
    ['no sample, empty: fail', vector(), least, 'no', 'the query finds nothing (empty: fail)', undefined],
  ] as const)
    it(says, () =>
      expect(read(data, limits)).to.deep.equal({ said, reason, ...(value === undefined ? {} : { value }) }),
    );

  const text = (value: unknown): string => JSON.stringify(value);
  for (const [says, status, body, reason] of [
    [
      'several samples',
      200,
      text({ status: 'success', data: vector('1', '2') }),
      /2 samples, not one: put sum\(\)/,
    ],
    [
      'a range',
      200,
      text({ status: 'success', data: { resultType: 'matrix', result: [] } }),
      /gives a matrix/,
    ],
    [
      'a text',
      200,
      text({ status: 'success', data: { resultType: 'string', result: [1, 'a'] } }),
      /gives a string/,
    ],
    ['no type', 200, text({ status: 'success', data: {} }), /gives no result/],
    [
      'a number that is none',
      200,
      text({ status: 'success', data: scalar('0x10') }),
      /"0x10", which is no number/,
    ],
    ['an empty number', 200, text({ status: 'success', data: scalar('') }), /is no number/],
    [
      'a native histogram',
      200,
      text({
        status: 'success',
        data: { resultType: 'vector', result: [{ metric: {}, histogram: [1, {}] }] },
      }),
      /histogram_quantile/,
    ],
    [
      'an error',
      400,
      text({ status: 'error', errorType: 'bad_data', error: 'parse error' }),
      /^bad_data: parse error$/,
    ],
    ['no JSON', 200, '<html>', /no answer of a Prometheus/],
    ['null', 200, 'null', /no answer of a Prometheus/],
    ['another JSON', 200, '{"ok":true}', /no answer of a Prometheus/],
    ['no token', 401, 'Unauthorized', /answers 401: is token or login right/],
    ['a redirect', 302, '', /answers 302: a redirect, which is not followed/],
    ['elsewhere', 404, '404 page not found', /answers 404: does the url lead to a Prometheus/],
    ['away', 503, text({ status: 'success', data: scalar('1') }), /answers 503/],
    [
      'more than is kept',
      200,
      `{"status":"success","data":"${'x'.repeat(70_000)}`,
      /longer than 64 KiB: let the query/,
    ],
  ] as const)
    it(`is an error: ${says}`, () => {
      const answer = readSample(status, body, both);
      expect(answer.said).to.equal('error');
      expect(answer.reason).to.match(reason);
    });
});
