import { expect } from 'chai';
import { EventStream, isEventStream } from '../../../src/router/long-lived/event-stream.ts';
import { exceededLimitOf } from '../../../src/router/limits/size-limits.ts';
import { closeFrame, Frames } from '../../../src/router/long-lived/websocket-frames.ts';
import { transferLimitsOf } from '../../../src/router/limits/transfer-limits.ts';
import { buildHardening } from '../../../src/config/sections/traffic/limits.ts';

/** What of these chunks passes when the stream is told to end before the one at `at`. */
function passed(chunks: string[], at: number, headers: string[] = []): { text: string; over: boolean } {
  const stream = new EventStream(headers);
  let text = '';
  chunks.forEach((chunk, index) => {
    if (index === at) stream.end();
    if (!stream.isOver) text += stream.pass(Buffer.from(chunk)).toString();
  });
  if (at === chunks.length) stream.end();
  return { text, over: stream.isOver };
}

const streams: [name: string, chunks: string[], at: number, text: string, over: boolean][] = [
  ['between events', ['data: 1\n\n', 'data: 2\n\n'], 1, 'data: 1\n\n', true],
  ['within an event', ['data: 1', '\n\ndata: 2\n\n'], 1, 'data: 1\n\n', true],
  ['within a blank line', ['data: 1\n', '\ndata: 2\n\n'], 1, 'data: 1\n\n', true],
  ['CRLF, torn in the middle', ['data: 1\r\n\r', '\ndata: 2\r\n\r\n'], 1, 'data: 1\r\n\r\n', true],
  ['CR alone', ['data: 1\r', '\rdata: 2'], 1, 'data: 1\r\r', true],
  ['before anything', ['data: 1\n\n'], 0, '', true],
  ['an event that never ends', ['data: 1', 'more'], 1, 'data: 1more', false],
  ['an end later', ['data: 1', 'more', '\n\nx'], 1, 'data: 1more\n\n', true],
  ['after everything', ['data: 1\n\n'], 1, 'data: 1\n\n', true],
  ['one byte a chunk', [...'a\n\nb'], 1, 'a\n\n', true],
];

describe('end of an event stream', () => {
  for (const [name, chunks, at, text, over] of streams)
    it(name, () => expect(passed(chunks, at)).to.deep.equal({ text, over }));
  it('in a compressed one every chunk is whole', () => {
    expect(passed(['abc', 'def'], 1, ['Content-Encoding', 'gzip'])).to.deep.equal({
      text: 'abc',
      over: true,
    });
  });
  it('knows one by its type', () => {
    expect(isEventStream(['Content-Type', 'text/event-stream; charset=utf-8'])).to.equal(true);
    expect(isEventStream(['content-type', 'TEXT/EVENT-STREAM'])).to.equal(true);
    expect(isEventStream(['content-type', 'text/event-streams'])).to.equal(false);
    expect(isEventStream(['x-content-type', 'text/event-stream'])).to.equal(false);
    expect(isEventStream([])).to.equal(false);
  });
});

/** A frame with a payload of so many bytes. */
function frame(length: number, mask: boolean, opcode = 2): Buffer {
  const size = length < 126 ? length : length < 65_536 ? 126 : 127;
  const extra = Buffer.alloc(size === 126 ? 2 : size === 127 ? 8 : 0);
  if (size === 126) extra.writeUInt16BE(length);
  if (size === 127) extra.writeBigUInt64BE(BigInt(length));
  const head = Buffer.from([0x80 | opcode, (mask ? 0x80 : 0) | size]);
  return Buffer.concat([head, extra, Buffer.alloc(mask ? 4 : 0, 7), Buffer.alloc(length, 0xff)]);
}

describe('WebSocket frames', () => {
  const lengths = [0, 1, 125, 126, 127, 65_535, 65_536, 100_000];
  for (const mask of [false, true])
    it(`end where they end, however they are torn${mask ? ', masked' : ''}`, () => {
      const all = Buffer.concat(lengths.map((length) => frame(length, mask)));
      const ends = new Set<number>([0]);
      lengths.reduce((sum, length) => {
        const end = sum + frame(length, mask).length;
        ends.add(end);
        return end;
      }, 0);
      for (const step of [1, 2, 3, 7, 1000, 65_536]) {
        const frames = new Frames();
        for (let at = 0; at < all.length; at += step) {
          if (frames.isWhole !== ends.has(at)) expect.fail(`${at} of ${all.length}, ${step} at a time`);
          frames.pass(all.subarray(at, at + step));
        }
        expect([frames.isWhole, frames.closed]).to.deep.equal([true, false]);
      }
    });
  it('the rest of one that had begun is told', () => {
    const frames = new Frames();
    const one = frame(300, true);
    frames.pass(one.subarray(0, 100));
    expect(frames.finish(Buffer.concat([one.subarray(100), frame(5, true)]))).to.equal(one.length - 100);
    expect(frames.isWhole).to.equal(true);
  });
  it('a close frame is seen, and ours is one', () => {
    for (const mask of [null, Buffer.from([1, 2, 3, 4])]) {
      const frames = new Frames();
      const ours = closeFrame(mask);
      frames.pass(ours);
      expect([frames.isWhole, frames.closed]).to.deep.equal([true, true]);
      const payload = ours.subarray(-2).map((byte, at) => byte ^ (mask?.[at] ?? 0));
      expect(Buffer.from(payload).readUInt16BE()).to.equal(1001);
    }
  });
});

describe('pace of a peer', () => {
  const pace = { idleMs: 1000, slowestBytes: 100 };
  const table: [ms: number, bytes: number, verdict: string][] = [
    [250, 25, 'fine'],
    [250, 24, 'wait'],
    [999, 0, 'wait'],
    [1000, 0, 'cut'],
    [1000, 99, 'cut'],
    [1000, 100, 'fine'],
  ];
  for (const [ms, bytes, verdict] of table)
    it(`${bytes} bytes in ${ms} ms: ${verdict}`, () =>
      expect(transferLimitsOf({ at: 5, bytes: 7 }, 5 + ms, 7 + bytes, pace)).to.equal(verdict));
  it('without a limit nobody is cut', () => {
    expect(transferLimitsOf({ at: 0, bytes: 0 }, 1e9, 0, { ...pace, idleMs: 0 })).to.equal('wait');
  });
});

describe('what is too much', () => {
  const { limits } = buildHardening({ limits: { url: 300, headers: 10, body: 1000 } }, '/');
  const of = (url: string, headers: number, length: number | null): number | undefined =>
    exceededLimitOf(
      url,
      Array.from({ length: headers * 2 }, () => 'x'),
      length,
      limits,
    )?.status;
  it('is told by its status', () => {
    expect(of('/'.repeat(300), 10, 1000)).to.equal(undefined);
    expect(of('/'.repeat(301), 10, 1000)).to.equal(414);
    expect(of('/', 11, null)).to.equal(431);
    expect(of('/', 10, 1001)).to.equal(413);
    expect(exceededLimitOf('/', [], 1e12, { ...limits, bodyBytes: 0 })).to.equal(null);
  });
});
