import { fakeClock } from '../../fakes/clock.ts';
import { fakeStore } from '../../fakes/store.ts';
import { storeContract } from './store.ts';

storeContract('in memory', async () => {
  const clock = fakeClock();
  const store = fakeStore(clock);
  return {
    open: async () => store.client(),
    down: async () => store.down(),
    up: async () => store.up(),
    wipe: async () => store.wipe(),
    elapse: (ms) => clock.advance(ms),
    close: () => store.close(),
  };
});
