/** Messages for the tests of drivers. */
import type { MessageTrace, OutgoingMessage } from '../../../src/ports/ports.ts';

export const ann = '+491700000001';
export const ours = '+15550100000';

export const message = (more: Partial<OutgoingMessage> = {}): OutgoingMessage => ({
  ...{ id: 'i-abcdefgh.2.0.ann.sms', visible: 'i-abcdefgh.2', to: ann, incident: 'i-abcdefgh' },
  ...{ subject: '[shop] site-down: site', text: 'shop: site is down since 22:00 UTC. i-abcdefgh.2' },
  ...more,
});

/** Long enough on a busy machine; what must run out gets less. */
export const limit = (timeoutMs = 10_000) => ({ timeoutMs });

export const sought = (notBefore: number, more: Partial<MessageTrace> = {}): MessageTrace => {
  const { id, visible, to } = message();
  return { ...{ id, visible, to, notBefore }, ...more };
};
