import { campaignPages } from './pages/campaigns.ts';
import { checkPages } from './pages/check-pages.ts';

checkPages('campaigns', campaignPages);
