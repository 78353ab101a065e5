/** A controller that dies at a point: `node killed.cjs STEP OPTION…`, with what it is told in CANOPY_TEST_ORDERS. */
import deploy from '../../../steps/deploy.ts';
import rollback from '../../../steps/rollback.ts';
import { main } from '../../../src/step/main.ts';
import type { Step } from '../../../src/step/declare/define.ts';
import { withPoints, type Orders } from './points.ts';

const [name, ...words] = process.argv.slice(2);
const step = (name === 'rollback' ? rollback : deploy) as unknown as Step;
const orders = JSON.parse(process.env['CANOPY_TEST_ORDERS'] ?? '') as Orders;
void main({ ...step, run: (kit) => step.run({ ...kit, open: withPoints(kit.open, orders) }) }, words);
