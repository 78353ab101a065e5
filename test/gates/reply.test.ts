import { expect } from 'chai';
import { readReply } from '../../src/gates/reply.ts';

const json = 'application/json; charset=utf-8';

describe('an answer of a webhook', () => {
  for (const [says, status, type, body, said, reason] of [
    ['2xx is yes', 204, '', '', 'yes', 'it answers 204'],
    ['2xx with a word', 200, 'text/plain', 'ok', 'yes', 'it answers 200'],
    ['2xx with a reason', 200, json, '{"reason":"orders as usual"}', 'yes', 'orders as usual'],
    ['4xx is no', 404, 'text/html', '<html>', 'no', 'it answers 404'],
    ['5xx with a reason', 503, json, '{"reason":"orders fell by half"}', 'no', 'orders fell by half'],
    ['5xx with broken JSON is no all the same', 500, json, '{"reason":', 'no', 'it answers 500'],
    ['an empty reason is none', 500, json, '{"reason":" "}', 'no', 'it answers 500'],
    ['a reason that is no text is none', 500, json, '{"reason":{"a":1}}', 'no', 'it answers 500'],
    ['the verdict counts more than 2xx', 200, json, '{"verdict":"fail","reason":"few"}', 'no', 'few'],
    ['the verdict counts more than 5xx', 500, json, '{"verdict":"pass"}', 'yes', 'it says pass'],
    ['inconclusive', 200, '', '{"verdict":"inconclusive"}', 'unknown', 'it says inconclusive'],
    ['JSON that is no object', 200, json, '[1]', 'yes', 'it answers 200'],
    ['null', 200, json, 'null', 'yes', 'it answers 200'],
    [
      'a verdict of another kind',
      200,
      json,
      '{"verdict":"maybe"}',
      'error',
      'its verdict is none of pass, fail, inconclusive',
    ],
    [
      'a verdict by the name of a method',
      200,
      json,
      '{"verdict":"toString"}',
      'error',
      'its verdict is none of pass, fail, inconclusive',
    ],
    [
      'a verdict that is no text',
      200,
      json,
      '{"verdict":true}',
      'error',
      'its verdict is none of pass, fail, inconclusive',
    ],
    ['an unknown verdict with 5xx is no', 500, json, '{"verdict":"maybe"}', 'no', 'it answers 500'],
    ['broken JSON by its type', 200, json, '{"verdict":"fa', 'error', 'its answer is no valid JSON'],
    ['nothing, said to be JSON', 200, json, '', 'yes', 'it answers 200'],
    ['broken JSON by its look', 200, 'text/plain', ' {"verdict":"fa', 'error', 'its answer is no valid JSON'],
    [
      'JSON that was cut',
      200,
      json,
      `{"a":"${'x'.repeat(70_000)}`,
      'error',
      'its answer is longer than 64 KiB',
    ],
    ['a long text', 200, 'text/plain', 'x'.repeat(70_000), 'yes', 'it answers 200'],
    [
      'a redirect',
      307,
      json,
      '{"verdict":"pass"}',
      'error',
      'it answers 307: a redirect, which is not followed; write the address it leads to',
    ],
  ] as const)
    it(says, () => expect(readReply(status, type, body)).to.deep.equal({ said, reason }));
});
