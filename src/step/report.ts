import { styleText } from 'node:util';
import { harmless, type Paint } from '../shared/text/line.ts';
import type { Log } from '../ports/ports.ts';
import { widthOf } from './width.ts';
import { showDuration } from '../shared/text/units.ts';
import { pauseBetween, type ClockReading } from './pause.ts';
import type { Redactor } from './redact/redact.ts';

interface ReportOptions {
  /** Where people read: stdout, or stderr with --json. */
  readonly stream: NodeJS.WriteStream;
  readonly verbose: boolean;
  readonly mask: Redactor;
  readonly now: () => number;
  /** A warning that comes again is told again. */
  readonly repeats?: boolean;
  /** A clock that nobody sets. */
  readonly steady?: () => number;
  /** Silence after which a line says that the work goes on; it is looked at six times as often. */
  readonly heartbeatMs?: number;
}

export interface StepReport {
  readonly log: Log;
  readonly warnings: readonly string[];
  readonly paint: Paint;
  /** In characters. */
  readonly width: number;
  /** The last words of the run. */
  say(text: string): void;
  close(): void;
  /** The last event that is no warning, masked. */
  doing(): string;
}

/** So often the clocks are compared. */
const pauseMs = 1000;

interface Live {
  draw(lines: readonly string[]): void;
  clear(): void;
}

/** Tells a person what happens: live lines on a terminal, one plain line an event elsewhere, never silent for long. */
export async function openReport(options: ReportOptions): Promise<StepReport> {
  const { stream, mask, now } = options;
  const terminal = stream.isTTY === true && process.env['TERM'] !== 'dumb';
  const colour = terminal && !process.env['NO_COLOR'];
  const paint: Paint = (style, text) => (colour ? styleText(style, text, { validateStream: false }) : text);
  const screen = new Screen(options, terminal ? await openLive(stream) : null);
  const started = now();
  const warnings: string[] = [];
  let doing = 'started';
  const goesOn = (text: string, about: string | undefined): void => {
    doing = about ? `${about}: ${text}` : text;
  };
  const event = (text: string, about: string | undefined): void => {
    for (const line of text.split('\n'))
      screen.add(about ? `${paint('cyan', about.padEnd(10))} ${line}` : line);
  };

  const beat = options.heartbeatMs ?? 25_000;
  const heartbeat = setInterval(
    () => {
      if (now() - screen.changedAt >= beat)
        screen.add(`still running after ${showDuration(now() - started)}: ${doing}`);
    },
    Math.max(50, beat / 6),
  ).unref();
  const log: Log = {
    info: (text, about) => {
      goesOn(text, about);
      event(text, about);
    },
    warn: (text, about) => {
      const said = mask(about ? `${about}: ${text}` : text);
      // What is warned of is not what goes on. A service goes on for years: what comes again is news there.
      if (!options.repeats && warnings.includes(said)) return;
      warnings.push(said);
      event(paint('yellow', `warning: ${text}`), about);
    },
    debug: (text, about) => {
      if (!options.verbose) return;
      goesOn(text, about);
      event(paint('dim', text), about);
    },
    progress: (about, text, fraction) => {
      goesOn(text, about);
      screen.pin(about, `${about.padEnd(10)} ${fraction === undefined ? '' : bar(fraction)}${text}`);
    },
  };
  const pauses = watchClocks(options, (pause) => log.warn(pause));
  return {
    ...{ log, warnings, paint, width: widthOf(stream) },
    doing: () => mask(doing),
    say: (text) => screen.finish(text),
    close: () => {
      clearInterval(heartbeat);
      clearInterval(pauses);
      screen.clear();
    },
  };
}

/** Lines below one another; on a terminal what goes on is pinned below them, a line each. */
class Screen {
  readonly #options: ReportOptions;
  readonly #live: Live | null;
  readonly #pinned = new Map<string, string>();
  #changedAt: number;

  constructor(options: ReportOptions, live: Live | null) {
    this.#options = options;
    this.#live = live;
    this.#changedAt = options.now();
  }

  /** When a line was last added. */
  get changedAt(): number {
    return this.#changedAt;
  }

  add(line: string): void {
    const { stream, now } = this.#options;
    this.#live?.clear();
    this.#changedAt = now();
    if (stream.writable) stream.write(`${this.#shown(line)}\n`);
    if (this.#pinned.size > 0) this.#draw();
  }

  pin(about: string, line: string): void {
    if (!this.#live) return;
    this.#pinned.set(about, line);
    this.#draw();
  }

  /** The last words: nothing goes on any more. */
  finish(text: string): void {
    this.#pinned.clear();
    for (const line of text.split('\n')) this.add(line);
  }

  clear(): void {
    this.#live?.clear();
  }

  #draw(): void {
    this.#live?.draw([...this.#pinned.values()].map((line) => this.#shown(line)));
  }

  #shown(text: string): string {
    return harmless(this.#options.mask(text));
  }
}

/** Hears of each time that this program, or its machine, stood still. */
function watchClocks(
  { now, steady = () => performance.now() }: Pick<ReportOptions, 'now' | 'steady'>,
  hear: (pause: string) => void,
): NodeJS.Timeout {
  const read = (): ClockReading => ({ wall: now(), steady: steady() });
  let before = read();
  return setInterval(() => {
    const reading = read();
    const pause = pauseBetween(before, reading, pauseMs);
    before = reading;
    if (pause !== null) hear(pause);
  }, pauseMs).unref();
}

function bar(fraction: number): string {
  const full = Math.max(0, Math.min(20, Math.round(fraction * 20)));
  return `[${'#'.repeat(full)}${'.'.repeat(20 - full)}] ${String(Math.round(fraction * 100)).padStart(3)} % `;
}

async function openLive(stream: NodeJS.WriteStream): Promise<Live> {
  const { createLogUpdate } = await import('log-update');
  const update = createLogUpdate(stream, { showCursor: true });
  return { draw: (lines) => update(lines.join('\n')), clear: () => update.clear() };
}
