/**
 * Requests that a client sends before it has the answer to the one before are passed on one by one, as HAProxy and nginx do:
 * an instance must not get a POST after the GET that was sent behind it (RFC 9112, 9.3.2).
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

type Take = (req: IncomingMessage, res: ServerResponse) => void;

/** A connection of which so many wait is not read further: each is small for the client, and not for us. */
const MOST_WAITING = 64;

interface PipelinedRequests {
  /** The answer to what came last. */
  latest: ServerResponse | null;
  waiting: number;
  isHeld: boolean;
}

export class Pipelining {
  readonly #lines = new WeakMap<Socket, PipelinedRequests>();

  /** The same, called for each request of a connection when the answer before it has ended. */
  of(take: Take): Take {
    return (req, res) => {
      const { socket } = req;
      const line = this.#lineOf(socket);
      const before = line.latest;
      line.latest = res;
      const go = (): void => {
        if (!isOver(socket)) take(req, res);
      };
      if (before === null || before.closed) {
        go();
        return;
      }
      line.waiting += 1;
      hold(line, socket);
      before.once('close', () => {
        line.waiting -= 1;
        hold(line, socket);
        go();
      });
    };
  }

  /**
   * An upgrade takes the connection away from Node's parser, which then no longer serves the answer before. One that was sent
   * ahead is not taken: the connection ends behind that answer, and the client comes again. `take`: nothing is before it.
   */
  upgrade(socket: Socket, take: () => void): void {
    const line = this.#lines.get(socket);
    const before = line?.latest ?? null;
    if (line === undefined || before === null || before.closed) {
      take();
      return;
    }
    line.isHeld = false;
    line.waiting = Number.NEGATIVE_INFINITY;
    const end = (): void => void socket.destroy();
    socket
      .on('drain', () => before.emit('drain'))
      .on('error', end)
      .on('end', end);
    socket.resume();
    before.once('close', () => socket.destroySoon());
  }

  #lineOf(socket: Socket): PipelinedRequests {
    const known = this.#lines.get(socket);
    if (known !== undefined) return known;
    const line: PipelinedRequests = { latest: null, waiting: 0, isHeld: false };
    this.#lines.set(socket, line);
    return line;
  }
}

/** Reads a connection on, or not. */
function hold(line: PipelinedRequests, socket: Socket): void {
  if (line.waiting >= MOST_WAITING) {
    line.isHeld = true;
    // Node reads on at the end of each request and of each answer: the last word is ours.
    process.nextTick(() => line.isHeld && socket.pause());
  } else if (line.isHeld) {
    line.isHeld = false;
    socket.resume();
  }
}

/** Behind the last answer none can be sent: the client will ask somebody else, and nobody may do it twice. */
const isOver = (socket: Socket): boolean => socket.destroyed || socket.writableEnded;
