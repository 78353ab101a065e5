/** What a server asks for us by a program of its own, because it opens no connection for us; loaded when it is first used. */
import { httpAnswer } from '../../commands/http-answer.ts';
import { httpRequest } from '../../commands/http-request.ts';
import { portRequest, socketEnd, socketRequest } from '../../commands/socket-request.ts';
import type { Command } from '../../commands/core/command.ts';
import { fail, isCanopyError, type CanopyError } from '../../errors.ts';
import type { ExchangeOptions, Exchanged, GetOptions, HttpAnswer, Ran, Task } from '../../ports/ports.ts';
import { showDuration } from '../../shared/text/units.ts';
import { tcpOf } from '../socket.ts';

export type Run = (task: Task) => Promise<Ran>;

/** The program ends by itself in time; a server on which it does not is not waited for. */
const spareMs = 5000;
/** An output of a command is kept up to a MiB. */
const mostBytes = 1024 * 1024 - 1;

/** Null when the server has no program that could ask. */
export async function getByCommand(run: Run, url: string, options: GetOptions): Promise<HttpAnswer | null> {
  const { timeoutMs, headers = {} } = options;
  const command = httpRequest({ url: new URL(url), headers, timeoutMs });
  const ran = await inTime(run, command, `ask ${new URL(url).pathname} by a program of the server`, options);
  return ran === null ? { status: 0, headers: {}, body: 'timed out' } : httpAnswer(ran);
}

/** Null when the server has no program that could connect. */
export async function connectsByCommand(
  run: Run,
  host: string,
  port: number,
  options: GetOptions,
): Promise<boolean | null> {
  const command = portRequest(host, port, options.timeoutMs);
  const ran = await inTime(run, command, `connect to port ${port} by a program of the server`, options);
  if (ran === null) return false;
  const { program, code } = socketEnd(ran.stderr);
  return program === null ? null : code === 0;
}

/** Null when the server has no program for it. Throws `socket-refused` and `socket-late`. */
export async function exchangeByCommand(
  run: Run,
  host: string,
  socket: string,
  text: string,
  options: ExchangeOptions,
): Promise<Exchanged | null> {
  const { timeoutMs } = options;
  const command = socketRequest(tcpOf(socket) ?? socket, text, { timeoutMs, limit: mostBytes });
  const ran = await inTime(run, command, options.title, options);
  const late = fail('socket-late', { host, socket, limit: showDuration(timeoutMs) });
  if (ran === null) throw late;
  const { program, code } = socketEnd(ran.stderr);
  if (program === null) return null;
  const refused = (reason: string): CanopyError => fail('socket-refused', { host, socket, reason });
  if (Buffer.byteLength(ran.stdout) >= mostBytes)
    throw refused(
      `it answers more than ${mostBytes} bytes, which a server that opens no connection for us cannot pass on`,
    );
  if ([124, 142, 143].includes(code)) throw late;
  const said = ran.stderr.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('canopy: '));
  if (code !== 0) throw refused(said.at(-1)?.trim() ?? `${program} ended with code ${code}`);
  return { text: ran.stdout };
}

/** Null when it did not end in time. */
async function inTime(
  run: Run,
  command: Command,
  title: string,
  { effect, timeoutMs }: Pick<GetOptions, 'effect' | 'timeoutMs'>,
): Promise<Ran | null> {
  try {
    return await run({ command, effect, title, timeoutMs: timeoutMs + spareMs });
  } catch (error) {
    if (isCanopyError(error) && error.code === 'remote-timeout') return null;
    throw error;
  }
}
