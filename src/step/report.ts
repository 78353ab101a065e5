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
  /** The last event, masked. */
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
  const live = terminal ? await openLive(stream) : null;
  const colour = terminal && !process.env['NO_COLOR'];
  const paint: Paint = (style, text) => (colour ? styleText(style, text, { validateStream: false }) : text);
  const started = now();
  const warnings: string[] = [];
  const standing = new Map<string, string>();
  let last = started;
  let doing = 'started';

  const shown = (text: string): string => harmless(mask(text));
  const emit = (text: string): void => {
    live?.clear();
    last = now();
    if (stream.writable) stream.write(`${shown(text)}\n`);
    if (standing.size > 0) live?.draw([...standing.values()].map(shown));
  };
  const event = (text: string, about: string | undefined): void => {
    doing = about ? `${about}: ${text}` : text;
    const lines = text.split('\n');
    for (const line of lines) emit(about ? `${paint('cyan', about.padEnd(10))} ${line}` : line);
  };

  const beat = options.heartbeatMs ?? 25_000;
  const timer = setInterval(
    () => {
      if (now() - last >= beat) emit(`still running after ${showDuration(now() - started)}: ${doing}`);
    },
    Math.max(50, beat / 6),
  );
  timer.unref();
  const steady = options.steady ?? (() => performance.now());
  const read = (): ClockReading => ({ wall: now(), steady: steady() });
  let before = read();
  const pauses = setInterval(() => {
    const reading = read();
    const pause = pauseBetween(before, reading, pauseMs);
    before = reading;
    if (pause !== null) log.warn(pause);
  }, pauseMs);
  pauses.unref();

  const log: Log = {
    info: event,
    warn: (text, about) => {
      const said = mask(about ? `${about}: ${text}` : text);
      // A service goes on for years: what comes again is news there.
      if (!options.repeats && warnings.includes(said)) return;
      warnings.push(said);
      event(paint('yellow', `warning: ${text}`), about);
    },
    debug: (text, about) => {
      if (options.verbose) event(paint('dim', text), about);
    },
    progress: (about, text, fraction) => {
      doing = `${about}: ${text}`;
      if (!live) return;
      standing.set(about, `${about.padEnd(10)} ${fraction === undefined ? '' : bar(fraction)}${text}`);
      live.draw([...standing.values()].map(shown));
    },
  };
  return {
    log,
    warnings,
    paint,
    width: widthOf(stream),
    doing: () => mask(doing),
    say: (text) => {
      standing.clear();
      for (const line of text.split('\n')) emit(line);
    },
    close: () => {
      clearInterval(timer);
      clearInterval(pauses);
      live?.clear();
    },
  };
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
