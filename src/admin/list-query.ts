export {
  isHtmxRequest,
  pageLinks,
  parseCursor,
  parseSearch,
  type QueryInput,
  singleParam,
  toSpellingSuggestion,
} from '../web/list-address.ts';
