/** Asks the gates of a canary again and again, each at its own pace. */
import type { GateConfig } from '../config/types.ts';
import { cut, plainLine } from '../shared/text/line.ts';
import type { GateAnswer, GateContext } from './answer.ts';
import { decide, enter, isDue, notAsked, type GateState, type GateStates } from './decide.ts';
import { inquire, type GatePorts } from './inquiry.ts';
import { longestReason, standingsOf } from './record.ts';

export interface Gates {
  /**
   * Asks those whose time it is, all at once, and resolves with all standings when these have answered or their time limits
   * have passed. May be called again meanwhile: a gate that still owes an answer is not asked twice. Never throws for what a
   * server or a command does; when the signal comes, answers that are missing change nothing.
   */
  ask(context: GateContext, now: number): Promise<GateStates>;
  /** As they are now: to be shown, judged by `verdictOf`, and stored. */
  standings(): GateStates;
  /** Ends what still runs for an answer, and waits for its end; nobody is asked after that. */
  close(): Promise<void>;
}

/** `stored`: what `standings` gave before a crash. */
export function openGates(
  gates: readonly GateConfig[],
  ports: GatePorts,
  stored: GateStates | null = null,
): Gates {
  const current = new Map<string, GateState>(
    Object.entries(
      standingsOf(
        stored,
        gates.map(({ name }) => name),
      ),
    ),
  );
  const of = (gate: GateConfig): GateState => current.get(gate.name) ?? notAsked;
  const waiting = new Map<string, Promise<void>>();
  const closing = new AbortController();
  const signal = ports.signal ? AbortSignal.any([ports.signal, closing.signal]) : closing.signal;

  const askOne = async (gate: GateConfig, context: GateContext, at: number): Promise<void> => {
    const answer = await inquire(gate, context, { ...ports, signal });
    if (answer === null) return;
    const before = of(gate);
    const after = decide(gate, before, clean(answer, ports), { at, step: context.step });
    current.set(gate.name, after);
    tell(gate.name, before, after, ports);
  };
  const start = (gate: GateConfig, context: GateContext, at: number): Promise<void> => {
    const asking = askOne(gate, context, at).finally(() => waiting.delete(gate.name));
    waiting.set(gate.name, asking);
    return asking;
  };

  return {
    standings: () => Object.fromEntries(current),
    ask: async (context, now) => {
      for (const gate of gates) current.set(gate.name, enter(of(gate), context.step));
      const due = gates.filter(
        (gate) => !signal.aborted && !waiting.has(gate.name) && isDue(of(gate), gate.everyMs, now),
      );
      await Promise.all(due.map((gate) => start(gate, context, now)));
      return Object.fromEntries(current);
    },
    close: async () => {
      closing.abort(new Error('the analysis has ended'));
      await Promise.allSettled(waiting.values());
    },
  };
}

/** Text of others as one line without secrets: masked as it came, and once more when nothing invisible divides one. */
const clean = (answer: GateAnswer, { masked }: GatePorts): GateAnswer => ({
  ...answer,
  // Every character may have become two, and the standing adds some words.
  reason: masked(plainLine(masked(cut(answer.reason, 10_000)), 300).trim()).slice(0, longestReason - 100),
});

/** Each time it turns; all answers only for those who want to hear everything. */
function tell(name: string, before: GateState, { outcome, reason }: GateState, { log }: GatePorts): void {
  const text = `gate ${name}: ${{ pass: 'yes', fail: 'no', unknown: 'not known' }[outcome]}: ${reason}`;
  if (outcome === before.outcome && before.askedAt !== null) log.debug(text);
  else if (outcome === 'pass') log.info(text);
  else log.warn(text);
}
