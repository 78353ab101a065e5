/** What an agent holds, also what the library leaves out of its answer: certificates and keys of security tokens. */
import { connect } from 'node:net';
import { reader } from './certificate.ts';

const answerWithinMs = 5000;
const most = 1024 * 1024;

/** Public keys and certificates as they are sent; none from an agent that does not answer. */
export function heldBy(socket: string): Promise<Buffer[]> {
  return new Promise((resolve) => {
    const line = connect(socket);
    let heard = Buffer.alloc(0);
    const end = (blobs: Buffer[]): void => {
      line.destroy();
      resolve(blobs);
    };
    line.setTimeout(answerWithinMs, () => end([]));
    line.once('error', () => end([]));
    line.once('close', () => end([]));
    line.once('connect', () => line.write(Buffer.from([0, 0, 0, 1, 11])));
    line.on('data', (data) => {
      heard = Buffer.concat([heard, data]);
      const size = heard.length < 4 ? 0 : heard.readUInt32BE();
      if (size > most || heard.length > most) end([]);
      else if (heard.length >= 5 && heard.length >= 4 + size) end(blobsIn(heard.subarray(4, 4 + size)));
    });
  });
}

function blobsIn(answer: Buffer): Buffer[] {
  if (answer[0] !== 12) return [];
  try {
    const fields = reader(answer.subarray(1));
    return Array.from({ length: Math.min(fields.number(), 1000) }, () => {
      const blob = fields.bytes();
      fields.bytes(); // a comment
      return blob;
    });
  } catch (error) {
    if (error instanceof RangeError) return [];
    throw error;
  }
}
