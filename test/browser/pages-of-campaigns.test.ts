import { campaignStops } from './tour/campaigns.ts';
import { walk } from './tour/walk.ts';

walk('campaigns', campaignStops);
