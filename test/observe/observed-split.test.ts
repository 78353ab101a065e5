import { expect } from 'chai';
import fc from 'fast-check';
import { parseObserved } from '../../src/observe/observed-split.ts';

describe('what a router counted', () => {
  it('is its requests and the share of the canary', () => {
    const text = '{"weight":33,"observed":{"stable":2,"canary":1,"requests":3,"share":33.33}}';
    expect(parseObserved(text)).to.deep.equal({ requests: 3, share: 33.33, bound: null, forced: 0 });
  });

  it('has the bound of the share, when the router tells it', () => {
    const text = '{"observed":{"requests":3,"share":33.33,"low":6.15,"high":79.23}}';
    expect(parseObserved(text)?.bound).to.deep.equal({ low: 6.15, high: 79.23 });
    expect(parseObserved(text.replace('79.23', '179'))?.bound).to.equal(null);
  });

  it('has what the header has sent to a side, also when nothing else was asked', () => {
    expect(parseObserved('{"observed":{"requests":0,"share":0,"forced":4}}')).to.include({ forced: 4 });
    expect(parseObserved('{"observed":{"requests":3,"share":5,"forced":-4}}')).to.include({ forced: 0 });
  });

  for (const text of [
    '',
    'no json',
    'null',
    '7',
    '[]',
    '{}',
    '{"observed":null}',
    '{"observed":7}',
    '{"observed":{}}',
    '{"observed":{"requests":0,"share":0}}',
    '{"observed":{"requests":-1,"share":5}}',
    '{"observed":{"requests":1.5,"share":5}}',
    '{"observed":{"requests":"3","share":5}}',
    '{"observed":{"requests":3,"share":"5"}}',
    '{"observed":{"requests":3,"share":101}}',
    '{"observed":{"requests":3,"share":-1}}',
  ])
    it(`is not known from: ${text || 'nothing'}`, () => {
      expect(parseObserved(text)).to.equal(null);
    });

  it('never throws, whatever the text (property)', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        const found = parseObserved(text);
        return (
          found === null || (found.requests + found.forced > 0 && found.share >= 0 && found.share <= 100)
        );
      }),
    );
  });
});
