// Loaded into the router of the soak: at SIGWINCH it collects all garbage and writes down what is left.
import { writeFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');
let count = 0;
process.on('SIGWINCH', () => {
  collect();
  const file = `${process.env.CANOPY_SOAK_FOLDER}/heap-${process.pid}`;
  writeFileSync(file, `${JSON.stringify({ ...process.memoryUsage(), count: (count += 1) })}\n`);
});
