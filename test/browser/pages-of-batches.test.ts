import { batchStops } from './tour/batches.ts';
import { walk } from './tour/walk.ts';

walk('batches', batchStops);
